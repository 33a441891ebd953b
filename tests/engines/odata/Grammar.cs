// SPDX-License-Identifier: MIT
// Does Microsoft's URI parser, with the server's own $metadata, take what the server takes, and refuse
// what it refuses?
using System.Text;
using Microsoft.OData.Edm;
using Microsoft.OData.UriParser;

static class Grammar
{
    public static readonly Uri Root = new("http://localhost/api/data/v9.2/");

    public static Uri Encode(string url)
    {
        var b = new StringBuilder();

        foreach (var ch in url.EnumerateRunes())
            b.Append(ch.IsAscii && !Rune.IsWhiteSpace(ch) && !"\"<>[]{}|\\^`".Contains((char)ch.Value)
                ? ch.ToString() : Uri.EscapeDataString(ch.ToString()));
        return new Uri(Root, b.ToString());
    }

    public static string? Refusal(IEdmModel model, string url)
    {
        try
        {
            var parser = new ODataUriParser(model, Root, Encode(url));

            parser.ParseUri();
            return null;
        }
        catch (Exception e)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}
