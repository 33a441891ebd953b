// SPDX-License-Identifier: MIT
// The cases of tests/cases as they are read from their files (README.md there tells the form), and the ids
// that stand in them.
using System.Text.Json;
using System.Text.RegularExpressions;

static class Ids
{
    // Any ids would do: the rows of these three belong to the file like all others.
    static readonly Dictionary<string, Guid> named = new()
    {
        ["caller"] = Guid.Parse("00000000-0000-4000-8000-0000000000c1"),
        ["unit"] = Guid.Parse("00000000-0000-4000-8000-0000000000b1"),
        ["organization"] = Guid.Parse("00000000-0000-4000-8000-0000000000a1"),
    };

    public static Guid Of(string id) =>
        named.TryGetValue(id, out var guid) ? guid
            : Guid.Parse($"00000000-0000-4000-8000-{ulong.Parse(id):D12}");

    public static string Fill(string text) =>
        Regex.Replace(text, @"\$\{(\w+)\}", m => Of(m.Groups[1].Value).ToString());
}

sealed class CaseFile
{
    public required string Name;
    public required JsonElement Root;

    public static IEnumerable<CaseFile> In(string folder) =>
        Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(path => new CaseFile
        {
            Name = Path.GetFileNameWithoutExtension(path),
            Root = JsonDocument.Parse(File.ReadAllText(path)).RootElement,
        });

    public IEnumerable<JsonElement> Cases => Root.GetProperty("cases").EnumerateArray();
    public JsonElement Table(string name) => Root.GetProperty("tables").GetProperty(name);
    public string Set(string table) => Table(table).GetProperty("set").GetString()!;
    public string Key(string table) => Table(table).GetProperty("key").GetString()!;

    public string Url(JsonElement c)
    {
        var table = c.GetProperty("table").GetString()!;

        if (c.TryGetProperty("odata", out var whole))
            return Ids.Fill(whole.GetString()!);
        return Ids.Fill($"{Set(table)}?$select={Key(table)}&$filter={c.GetProperty("where").GetString()}");
    }
}
