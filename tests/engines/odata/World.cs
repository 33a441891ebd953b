// SPDX-License-Identifier: MIT
// The rows of one case file as CLR objects whose types are made from the server's own $metadata, so that
// Microsoft's query engine can run over them.
using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Text;
using System.Text.Json;
using Microsoft.OData.Edm;
using Microsoft.OData.ModelBuilder;

sealed class World
{
    readonly IEdmModel model;
    readonly CaseFile file;
    readonly Dictionary<string, TypeBuilder> builders = new();
    readonly Dictionary<string, Type> types = new();
    readonly Dictionary<string, Dictionary<string, object>> rows = new();

    public World(IEdmModel model, CaseFile file)
    {
        this.model = model;
        this.file = file;
        MakeTypes();
        MakeRows();
    }

    public Type TypeOf(string table) => types[table];
    public IEnumerable<object> RowsOf(string table) =>
        rows[table].OrderBy(r => Ids.Of(r.Key)).Select(r => r.Value);

    IEdmEntityType Edm(string table) =>
        (IEdmEntityType)model.FindDeclaredType("Microsoft.Dynamics.CRM." + table);

    // Texts are folded as the platform's collation compares them: neither case nor accents count.
    public static string Fold(string text)
    {
        var parts = text.Normalize(NormalizationForm.FormD)
            .Where(ch => CharUnicodeInfo.GetUnicodeCategory(ch) != UnicodeCategory.NonSpacingMark);

        return new string(parts.ToArray()).ToLowerInvariant();
    }

    void MakeTypes()
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("rows." + file.Name),
                                                             AssemblyBuilderAccess.Run);
        var module = assembly.DefineDynamicModule("rows");
        var wanted = file.Root.GetProperty("tables").EnumerateObject().Select(t => Edm(t.Name)).ToList();
        var all = new List<IEdmEntityType>();

        void Add(IEdmEntityType t)
        {
            if (t.BaseType is IEdmEntityType b)
                Add(b);
            if (all.Contains(t))
                return;
            all.Add(t);
            builders[t.Name] = module.DefineType(t.Name, TypeAttributes.Public | TypeAttributes.Class,
                                                 t.BaseType == null ? typeof(object)
                                                     : builders[((IEdmEntityType)t.BaseType).Name]);
        }

        wanted.ForEach(Add);
        foreach (var t in all)
            foreach (var p in t.DeclaredProperties)
                if (ClrType(p, t) is Type clr)
                    Property(builders[t.Name], p.Name, clr);
        foreach (var t in all)
        {
            types[t.Name] = builders[t.Name].CreateType();
            model.SetAnnotationValue(t, new ClrTypeAnnotation(types[t.Name]));
        }
    }

    Type? ClrType(IEdmProperty p, IEdmEntityType owner)
    {
        if (p is IEdmNavigationProperty nav)
        {
            if (!builders.TryGetValue(nav.ToEntityType().Name, out var target))
                return null;
            return nav.Type.IsCollection() ? typeof(List<>).MakeGenericType(target) : target;
        }
        return p.Type.Definition.FullTypeName() switch
        {
            "Edm.String" => typeof(string),
            "Edm.Guid" => typeof(Guid?),
            "Edm.Int32" => typeof(int?),
            "Edm.Int64" => typeof(long?),
            "Edm.Decimal" => typeof(decimal?),
            "Edm.Double" => typeof(double?),
            "Edm.Boolean" => typeof(bool?),
            "Edm.DateTimeOffset" => typeof(DateTimeOffset?),
            "Edm.Date" => typeof(Date?),
            _ => null,
        };
    }

    static void Property(TypeBuilder owner, string name, Type type)
    {
        var field = owner.DefineField("f_" + name, type, FieldAttributes.Private);
        var get = owner.DefineMethod("get_" + name, MethodAttributes.Public | MethodAttributes.SpecialName,
                                     type, Type.EmptyTypes);
        var set = owner.DefineMethod("set_" + name, MethodAttributes.Public | MethodAttributes.SpecialName,
                                     null, [type]);
        var g = get.GetILGenerator();
        var s = set.GetILGenerator();

        g.Emit(OpCodes.Ldarg_0);
        g.Emit(OpCodes.Ldfld, field);
        g.Emit(OpCodes.Ret);
        s.Emit(OpCodes.Ldarg_0);
        s.Emit(OpCodes.Ldarg_1);
        s.Emit(OpCodes.Stfld, field);
        s.Emit(OpCodes.Ret);

        var p = owner.DefineProperty(name, PropertyAttributes.None, type, null);

        p.SetGetMethod(get);
        p.SetSetMethod(set);
    }

    void MakeRows()
    {
        foreach (var table in file.Root.GetProperty("tables").EnumerateObject())
        {
            rows[table.Name] = new();
            if (!file.Root.GetProperty("rows").TryGetProperty(table.Name, out var all))
                continue;
            foreach (var row in all.EnumerateObject())
            {
                var o = Activator.CreateInstance(types[table.Name])!;

                foreach (var nav in Edm(table.Name).NavigationProperties())
                    if (nav.Type.IsCollection() && types[table.Name].GetProperty(nav.Name) is { } p)
                        p.SetValue(o, Activator.CreateInstance(p.PropertyType));
                Set(o, file.Key(table.Name), Ids.Of(row.Name));
                foreach (var cell in row.Value.EnumerateObject())
                    if (cell.Value.ValueKind != JsonValueKind.Object && cell.Value.ValueKind != JsonValueKind.Null)
                        Set(o, cell.Name, cell.Value);
                rows[table.Name][row.Name] = o;
            }
        }
        foreach (var table in file.Root.GetProperty("rows").EnumerateObject())
            foreach (var row in table.Value.EnumerateObject())
                Link(table.Name, row.Name, row.Value);
    }

    static void Set(object o, string name, object value)
    {
        var p = o.GetType().GetProperty(name) ?? throw new Exception($"{o.GetType().Name} has no {name}");

        if (value is JsonElement e)
        {
            var text = e.ValueKind == JsonValueKind.String ? e.GetString()! : e.GetRawText();
            var type = Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType;

            value = type == typeof(string) ? Fold(text)
                : type == typeof(Guid) ? (text.Length < 20 ? Ids.Of(text) : Guid.Parse(text))
                : type == typeof(DateTimeOffset) ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture)
                : type == typeof(Date) ? Date.Parse(text, CultureInfo.InvariantCulture)
                : type == typeof(bool) ? bool.Parse(text)
                : Convert.ChangeType(text, type, CultureInfo.InvariantCulture);
        }
        p.SetValue(o, value);
    }

    void Link(string table, string id, JsonElement row)
    {
        var o = rows[table][id];

        foreach (var cell in row.EnumerateObject().Where(c => c.Value.ValueKind == JsonValueKind.Object))
        {
            var (target, to) = cell.Value.EnumerateObject().Select(t => (t.Name, t.Value.GetString()!)).First();

            if (o.GetType().GetProperty($"_{cell.Name}_value") is null)
                Set(o, cell.Name, Ids.Of(to));
            else
                Set(o, $"_{cell.Name}_value", Ids.Of(to));
            foreach (var nav in Edm(table).NavigationProperties())
                if (!nav.Type.IsCollection() && nav.ToEntityType().Name == target &&
                    nav.DependentProperties()?.Any(p => p.Name == $"_{cell.Name}_value") == true)
                    Join(o, nav, rows[target][to]);
        }
        if (table.EndsWith("membership"))
            Associate(row);
    }

    static void Join(object o, IEdmNavigationProperty nav, object other)
    {
        o.GetType().GetProperty(nav.Name)?.SetValue(o, other);
        if (nav.Partner != null && other.GetType().GetProperty(nav.Partner.Name)?.GetValue(other) is { } list)
            ((System.Collections.IList)list).Add(o);
    }

    // A row of an intersect table is no row of its own to a query, but a member of both collections.
    void Associate(JsonElement row)
    {
        var ends = row.EnumerateObject().Select(c => (Id: Guid.Parse(c.Value.GetString()!),
                Table: file.Root.GetProperty("tables").EnumerateObject()
                    .First(t => file.Key(t.Name) == c.Name).Name))
            .Select(c => (c.Table, Row: rows[c.Table].First(r => Ids.Of(r.Key) == c.Id).Value)).ToList();

        foreach (var (a, b) in new[] { (ends[0], ends[1]), (ends[1], ends[0]) })
            foreach (var nav in Edm(a.Table).NavigationProperties())
                if (nav.Type.IsCollection() && nav.ToEntityType().Name == b.Table && nav.Partner?.Type.IsCollection() == true
                    && a.Row.GetType().GetProperty(nav.Name)?.GetValue(a.Row) is System.Collections.IList list)
                    list.Add(b.Row);
    }
}
