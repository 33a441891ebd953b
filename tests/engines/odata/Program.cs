// SPDX-License-Identifier: MIT
// Checks a running local organization, and the cases of tests/cases/odata, with Microsoft's OData libraries.
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using Microsoft.OData.Edm;
using Microsoft.OData.Edm.Csdl;
using Microsoft.OData.Edm.Validation;

if (args.Length != 4)
{
    Console.Error.WriteLine("usage: odata SERVICE-ROOT FOLDER-OF-CASES EXPLAINED FILE-OF-REQUESTS");
    return 2;
}

var root = new Uri(args[0].TrimEnd('/') + "/");
var csdl = await new HttpClient().GetStringAsync(new Uri(root, "$metadata"));
var bad = Metadata.Check(csdl, out var model);

if (model == null)
    return 1;

var explained = new Explained(args[2]);

await Answers.Check(root, model, explained, File.ReadAllLines(args[3]));

int parsed = 0, refused = 0, ran = 0, agreed = 0, not = 0;

foreach (var file in CaseFile.In(args[1]))
{
    // Types are made per file, and are bound to a model by annotations: a model per file.
    Metadata.Check(csdl, out var own, false);

    World? world = null;

    try
    {
        world = new World(own!, file);
    }
    catch (Exception e)
    {
        Console.WriteLine($"{file.Name}: no world: {e.Message}");
    }
    foreach (var c in file.Cases)
    {
        var name = $"{file.Name}: {c.GetProperty("name").GetString()}";
        var url = file.Url(c);
        var refusal = Grammar.Refusal(own!, url);
        var wrong = c.TryGetProperty("error", out _);

        if (wrong)
        {
            if (refusal == null)
                explained.Tell("takes", name, Short(url));
            else
                refused++;
            continue;
        }
        if (refusal != null)
        {
            explained.Tell("refuses", name, $"{Short(url)}: {refusal}");
            continue;
        }
        parsed++;
        if (world == null || c.TryGetProperty("text", out _))
            continue;
        try
        {
            var difference = Compare.Case(own!, world, file, c, url);

            ran++;
            if (difference == null)
                agreed++;
            else
                explained.Tell("answers", name, $"{Short(url)}: {difference}");
        }
        catch (Exception e)
        {
            not++;
            explained.Tell("cannot", name, $"{Short(url)}: {(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}");
        }
    }
}
Console.WriteLine($"valid cases parsed {parsed}, refused cases refused {refused}, evaluated {ran}, agreed {agreed}, not evaluated {not}");
explained.Stale(l => !l.StartsWith("Fake4Dataverse") && !l.StartsWith("XrmMockup"));
Console.WriteLine($"disagreements {explained.Told}, unexplained {explained.Unexplained}");
return bad == 0 && explained.Unexplained == 0 ? 0 : 1;

static string Short(string url) => url.Length > 200 ? url[..200] + "..." : url;

static class Metadata
{
    // Dataverse's query functions stand in no $metadata that this project has seen. To the parser they are made
    // known as functions of a row, with the parameters of their reference pages.
    static string WithFunctions(string csdl)
    {
        var b = new System.Text.StringBuilder();

        void Add(string names, params string[] parameters)
        {
            foreach (var name in names.Split(' '))
            {
                b.Append($"<Function Name=\"{name}\" IsBound=\"true\"><Parameter Name=\"row\" Type=\"mscrm.crmbaseentity\" />");
                b.Append("<Parameter Name=\"PropertyName\" Type=\"Edm.String\" />");
                foreach (var p in parameters)
                    b.Append($"<Parameter Name=\"{p.Split(' ')[0]}\" Type=\"{p.Split(' ')[1]}\" />");
                b.Append("<ReturnType Type=\"Edm.Boolean\" /></Function>");
            }
        }

        Add("In NotIn Between NotBetween", "PropertyValues Collection(Edm.String)");
        Add("On OnOrAfter OnOrBefore Under UnderOrEqual Above", "PropertyValue Edm.String");
        Add("LastXDays LastXHours InFiscalYear", "PropertyValue Edm.Int64");
        Add("InFiscalPeriodAndYear", "PropertyValue1 Edm.Int64", "PropertyValue2 Edm.Int64");
        Add("Today");

        var end = csdl.IndexOf("<EntityContainer", StringComparison.Ordinal);

        return csdl.Insert(end, b.ToString());
    }

    public static int Check(string csdl, out IEdmModel? model, bool report = true)
    {
        using var reader = XmlReader.Create(new StringReader(report ? csdl : WithFunctions(csdl)));

        if (!CsdlReader.TryParse(reader, true, out var read, out var errors))
        {
            foreach (var e in errors)
                Console.WriteLine($"METADATA {e.ErrorLocation}: {e.ErrorCode}: {e.ErrorMessage}");
            model = null;
            return 1;
        }
        model = read;
        if (!report)
            return 0;
        read.Validate(out errors);

        var own = new[] { EdmErrorCode.InvalidKey, EdmErrorCode.InvalidMultiplicityOfPrincipalEnd };
        var all = errors.ToList();
        var ours = all.Where(e => !own.Contains(e.ErrorCode)).ToList();

        foreach (var e in ours)
            Console.WriteLine($"$metadata {e.ErrorLocation}: {e.ErrorCode}: {e.ErrorMessage}");
        foreach (var g in all.Except(ours).GroupBy(e => e.ErrorCode))
            Console.WriteLine($"$metadata, as the platform's: {g.Key} x {g.Count()}");
        Console.WriteLine($"$metadata: {read.SchemaElements.Count()} elements, {ours.Count} errors");
        return ours.Count;
    }
}

static class Compare
{
    public static string? Case(IEdmModel model, World world, CaseFile file, JsonElement c, string url)
    {
        var table = c.GetProperty("table").GetString()!;

        if (c.TryGetProperty("page", out _))
            url = System.Text.RegularExpressions.Regex.Replace(url, @"&?\$top=\d+", "");

        var got = Evaluation.Ask(model, world, table, url);

        return c.TryGetProperty("ids", out var ids)
            ? Rows(file.Key(table), ids, got, c.TryGetProperty("ordered", out var o) && o.GetBoolean())
            : Groups(c.GetProperty("rows"), got);
    }

    static string? Rows(string key, JsonElement ids, List<object> got, bool ordered)
    {
        var want = ids.EnumerateArray().Select(i => Ids.Of(i.GetString()!).ToString()).ToList();
        var have = got.Select(g => g.GetType().GetProperty(key)!.GetValue(g)!.ToString()!).ToList();

        if (!ordered)
        {
            want.Sort(StringComparer.Ordinal);
            have.Sort(StringComparer.Ordinal);
        }
        return want.SequenceEqual(have) ? null
            : $"{string.Join(' ', have.Select(h => h[^3..]))} instead of {string.Join(' ', want.Select(h => h[^3..]))}";
    }

    static string Text(object? v) => v switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        IFormattable f => Trim(f.ToString(null, CultureInfo.InvariantCulture)),
        _ => World.Fold(v.ToString()!),
    };

    static string Trim(string n) => n.Contains('.') ? n.TrimEnd('0').TrimEnd('.') : n;

    static string Wanted(JsonElement v) => v.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.String => World.Fold(Ids.Fill(v.GetString()!)),
        _ => v.GetRawText(),
    };

    // Dataverse names a column behind a lookup after the table, the libraries after the path; a case tells some
    // properties of each row.
    static string? Groups(JsonElement rows, List<object> got)
    {
        var have = got.Select(g => Evaluation.Values(g).ToDictionary(p => p.Key.Split('/')[^1], p => Text(p.Value))).ToList();
        var want = rows.EnumerateArray().Select(r => r.EnumerateObject().ToDictionary(
            p => p.Name.StartsWith("contact_") ? p.Name["contact_".Length..] : p.Name, p => Wanted(p.Value))).ToList();
        var there = want.Where(w => have.Any(h => w.All(p => h.TryGetValue(p.Key, out var v) && v == p.Value))).Count();

        return want.Count == have.Count && there == want.Count ? null
            : string.Join("; ", have.Select(h => string.Join(' ', h.Select(p => $"{p.Key}={p.Value}"))));
    }
}
