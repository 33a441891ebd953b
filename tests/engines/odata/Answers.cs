// SPDX-License-Identifier: MIT
// Answers of the server read by Microsoft.OData.Core against the server's own $metadata: every context,
// property, annotation and link must be one that the library understands.
using System.Net.Http.Headers;
using Microsoft.OData;
using Microsoft.OData.Edm;
using Microsoft.OData.UriParser;

sealed class Response(HttpResponseMessage message, Stream body) : IODataResponseMessageAsync
{
    public IEnumerable<KeyValuePair<string, string>> Headers =>
        message.Headers.Concat(message.Content.Headers)
            .Select(h => KeyValuePair.Create(h.Key, string.Join(",", h.Value)));
    public int StatusCode { get => (int)message.StatusCode; set => throw new NotSupportedException(); }
    public string GetHeader(string name) =>
        Headers.FirstOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
    public void SetHeader(string name, string value) => throw new NotSupportedException();
    public Stream GetStream() => body;
    public Task<Stream> GetStreamAsync() => Task.FromResult(body);
}

static class Answers
{
    // A line: what the answer is (feed, entry, property, complex, ref, links, service, error), a blank, the
    // URL; ":*" behind the word asks for annotations, ":2" for pages of two. {user} is the caller's id.
    public static async Task Check(Uri root, IEdmModel model, Explained explained, IEnumerable<string> lines)
    {
        using var client = new HttpClient();
        using var me = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync(new Uri(root, "WhoAmI")));
        var user = me.RootElement.GetProperty("UserId").GetString();
        int good = 0, bad = 0;

        foreach (var line in lines.Where(l => l.Length > 0 && l[0] != '#'))
        {
            var words = line.Replace("{user}", user).Split(' ', 2);
            var flags = words[0].Split(':');
            var kind = flags[0];
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, words[1].Replace(" ", "%20")));

            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/json"));
            request.Headers.Add("OData-Version", "4.0");
            request.Headers.Add("OData-MaxVersion", "4.0");
            foreach (var f in flags.Skip(1))
                request.Headers.Add("Prefer", f == "*" ? "odata.include-annotations=\"*\"" : $"odata.maxpagesize={f}");

            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();

            try
            {
                var seen = Read(root, model, kind, response, text);

                good++;
                if (Environment.GetEnvironmentVariable("ALL") != null)
                    Console.WriteLine($"read {line}: {(int)response.StatusCode}: {seen}");
            }
            catch (Exception e)
            {
                bad++;
                explained.Tell("unread", line, $"{(int)response.StatusCode}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }
        Console.WriteLine($"answers: {good} read, {bad} not");
    }

    static string Read(Uri root, IEdmModel model, string kind, HttpResponseMessage response, string text)
    {
        var settings = new ODataMessageReaderSettings
        {
            BaseUri = root,
            MaxProtocolVersion = ODataVersion.V4,
            ShouldIncludeAnnotation = _ => true,
            Validations = ValidationKinds.All,
            EnableMessageStreamDisposal = false,
        };

        settings.MessageQuotas.MaxReceivedMessageSize = long.MaxValue;

        using var body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        using var reader = new ODataMessageReader((IODataResponseMessage)new Response(response, body), settings, model);

        switch (kind)
        {
            case "service":
                return $"{reader.ReadServiceDocument().EntitySets.Count()} sets";
            case "error":
                var e = reader.ReadError();
                return e.Code ?? throw new Exception("no code");
            case "property":
                return $"{reader.ReadProperty().Value}";
            case "complex":
                return Count(reader.CreateODataResourceReader(), kind);
            case "ref":
                return $"{reader.ReadEntityReferenceLink().Url}";
            case "links":
                return $"{reader.ReadEntityReferenceLinks().Links.Count()} links";
            case "entry":
                return Count(reader.CreateODataResourceReader(), kind);
            case "delta":
                return Delta(reader.CreateODataDeltaResourceSetReader());
            default:
                return Count(reader.CreateODataResourceSetReader(), kind);
        }
    }

    static string Delta(ODataReader reader)
    {
        int n = 0;

        while (reader.Read())
            n++;
        return $"{n} events";
    }

    static string Count(ODataReader reader, string kind)
    {
        int entries = 0, properties = 0, annotations = 0, links = 0;

        while (reader.Read())
        {
            if (reader.State == ODataReaderState.ResourceEnd && reader.Item is ODataResource r)
            {
                entries++;
                properties += r.Properties.Count();
                annotations += r.InstanceAnnotations.Count + r.Properties.OfType<ODataPropertyInfo>().Sum(p => p.InstanceAnnotations.Count);
            }
            if (reader.State == ODataReaderState.ResourceSetEnd && reader.Item is ODataResourceSet s)
            {
                links += s.NextPageLink != null ? 1 : 0;
                annotations += s.InstanceAnnotations.Count;
            }
        }
        return $"{entries} rows, {properties} properties, {annotations} annotations, {links} next links";
    }
}
