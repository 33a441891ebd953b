// SPDX-License-Identifier: MIT
// Runs the cases of tests/cases/fetchxml with engines that others wrote and tells where they answer otherwise.
using System.Globalization;
using System.Text.Json;
using Microsoft.Xrm.Sdk;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: fetchxml FOLDER-OF-CASES EXPLAINED");
    return 2;
}
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var explained = new Explained(args[1]);

foreach (var make in new Func<DateTime, IEngine>[] { now => new Fake4DataverseEngine(now), _ => new XrmMockupEngine() })
{
    var name = make(default).Name;
    int ran = 0, agreed = 0, cannot = 0, refused = 0, accepted = 0;

    foreach (var file in CaseFile.In(args[0]))
    {
        var now = file.Root.TryGetProperty("now", out var n) ? Rows.Time(n.GetString()!) : DateTime.UtcNow;

        foreach (var c in file.Cases)
        {
            // A case must not see what another left behind.
            var engine = make(now);
            var title = $"{file.Name}: {c.GetProperty("name").GetString()}";

            Rows.Put(engine, file);
            if (c.TryGetProperty("error", out _))
            {
                // That an engine for tests takes a wrong query is no disagreement about an answer.
                try
                {
                    engine.Ask(Rows.Query(file, c));
                    accepted++;
                }
                catch (Exception)
                {
                    refused++;
                }
                continue;
            }
            try
            {
                var difference = Rows.Compare(file, c, engine.Ask(Rows.Query(file, c)));

                ran++;
                if (difference == null)
                    agreed++;
                else
                    explained.Tell(name, title, difference);
            }
            catch (Exception e)
            {
                cannot++;
                if (Environment.GetEnvironmentVariable("ALL") != null)
                    Console.WriteLine($"{name} cannot run {title}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }
    }
    Console.WriteLine($"{name}: ran {ran}, agreed {agreed}, disagreed {ran - agreed}, cannot {cannot}; of wrong queries refused {refused}, accepted {accepted}");
}
explained.Stale(l => l.StartsWith("Fake4Dataverse") || l.StartsWith("XrmMockup"));
Console.WriteLine($"disagreements {explained.Told}, unexplained {explained.Unexplained}");
return explained.Unexplained == 0 ? 0 : 1;

static class Rows
{
    public static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture,
        DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);

    public static void Put(IEngine engine, CaseFile file)
    {
        Existing(engine, file);
        foreach (var table in file.Root.GetProperty("rows").EnumerateObject())
        {
            var columns = file.Table(table.Name).GetProperty("columns");
            var key = file.Key(table.Name);

            foreach (var row in table.Value.EnumerateObject())
            {
                var e = new Entity(table.Name, Ids.Of(row.Name));

                e[key] = e.Id;
                foreach (var cell in row.Value.EnumerateObject())
                    if (cell.Value.ValueKind != JsonValueKind.Null)
                        e[cell.Name] = Value(columns.TryGetProperty(cell.Name, out var t) ? t.GetString()! : "String", cell.Value);
                engine.Put(e);
            }
        }
    }

    // The user who asks, his business unit and the organization are there whether a file tells of them or not.
    static void Existing(IEngine engine, CaseFile file)
    {
        foreach (var (table, id) in new[] { ("systemuser", "caller"), ("businessunit", "unit"), ("organization", "organization") })
        {
            if (!file.Root.GetProperty("tables").TryGetProperty(table, out _) ||
                (file.Root.GetProperty("rows").TryGetProperty(table, out var rows) && rows.TryGetProperty(id, out _)))
                continue;

            var e = new Entity(table, Ids.Of(id));

            e[file.Key(table)] = e.Id;
            if (table == "systemuser")
                e["businessunitid"] = new EntityReference("businessunit", Ids.Of("unit"));
            engine.Put(e);
        }
    }

    static object Value(string type, JsonElement v)
    {
        var text = v.ValueKind == JsonValueKind.String ? v.GetString()! : v.GetRawText();

        if (v.ValueKind == JsonValueKind.Object)
        {
            var target = v.EnumerateObject().First();

            return new EntityReference(target.Name, Ids.Of(target.Value.GetString()!));
        }
        switch (type.Split(' ')[0])
        {
            case "Integer": return int.Parse(text);
            case "Money": return new Money(decimal.Parse(text));
            case "Decimal": return decimal.Parse(text);
            case "Double": return double.Parse(text);
            case "Boolean": return bool.Parse(text);
            case "Picklist" or "State" or "Status": return new OptionSetValue(int.Parse(text));
            case "DateTime": return Time(text);
            case "Uniqueidentifier": return text.Length < 20 ? Ids.Of(text) : Guid.Parse(text);
            case "MultiSelectPicklist":
                var set = new OptionSetValueCollection();

                set.AddRange(text.Split(',').Select(p => new OptionSetValue(int.Parse(p))));
                return set;
            default: return text;
        }
    }

    public static string Query(CaseFile file, JsonElement c)
    {
        var table = c.GetProperty("table").GetString()!;

        return Ids.Fill(c.TryGetProperty("fetch", out var fetch) ? fetch.GetString()!
            : $"<fetch><entity name='{table}'><attribute name='{file.Key(table)}'/><filter>{c.GetProperty("filter").GetString()}</filter></entity></fetch>");
    }

    public static string? Compare(CaseFile file, JsonElement c, List<Entity> got)
    {
        if (c.TryGetProperty("rows", out var rows))
            return Values(rows, got);

        var ordered = c.TryGetProperty("ordered", out var o) && o.GetBoolean();
        var want = c.GetProperty("ids").EnumerateArray().Select(i => Ids.Of(i.GetString()!).ToString()[^3..]).ToList();
        var have = got.Select(e => e.Id.ToString()[^3..]).ToList();

        if (!ordered)
        {
            want.Sort(StringComparer.Ordinal);
            have.Sort(StringComparer.Ordinal);
        }
        return want.SequenceEqual(have) ? null : $"{string.Join(' ', have)} instead of {string.Join(' ', want)}";
    }

    static string Text(object? v) => v switch
    {
        null => "null",
        AliasedValue a => Text(a.Value),
        EntityReference r => r.Id.ToString(),
        OptionSetValue s => s.Value.ToString(),
        Money m => Text(m.Value),
        bool b => b ? "true" : "false",
        DateTime d => d.ToString("yyyy-MM-ddTHH:mm:ssZ"),
        decimal d => d.ToString("0.##########"),
        _ => Convert.ToString(v)!,
    };

    static string? Values(JsonElement rows, List<Entity> got)
    {
        var want = rows.EnumerateArray().ToList();

        if (want.Count != got.Count)
            return $"{got.Count} rows instead of {want.Count}";
        for (int i = 0; i < want.Count; i++)
            foreach (var p in want[i].EnumerateObject())
            {
                // The Web API's name of a lookup; the SDK has the column's own.
                var column = p.Name.StartsWith('_') && p.Name.EndsWith("_value") ? p.Name[1..^6] : p.Name;
                var have = Text(got[i].Contains(column) ? got[i][column] : null);
                var should = p.Value.ValueKind == JsonValueKind.Null ? "null"
                    : p.Value.ValueKind == JsonValueKind.String ? Ids.Fill(p.Value.GetString()!) : p.Value.GetRawText();

                if (have != should && !(decimal.TryParse(have, out var a) && decimal.TryParse(should, out var b) && a == b))
                    return $"row {i + 1}: {p.Name} is {have} instead of {should}";
            }
        return null;
    }
}
