// SPDX-License-Identifier: MIT
// The answer of Microsoft.AspNetCore.OData to a case: the ids, or the rows of an aggregation.
using System.Collections;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OData;
using Microsoft.AspNetCore.OData.Abstracts;
using Microsoft.AspNetCore.OData.Extensions;
using Microsoft.AspNetCore.OData.Query;
using Microsoft.AspNetCore.OData.Query.Wrapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OData.Edm;
using Microsoft.OData.UriParser;

static class Evaluation
{
    // Literals are folded like the rows; names of properties and functions are left alone.
    static string FoldLiterals(string url) =>
        Regex.Replace(url, "'(?:[^']|'')*'", m => World.Fold(m.Value));

    static HttpRequest Request(IEdmModel model, string url)
    {
        var services = new ServiceCollection();

        services.AddLogging();
        services.AddControllers().AddOData(o =>
        {
            o.EnableQueryFeatures();
            o.AddRouteComponents("data", model);
        });

        var context = new DefaultHttpContext { RequestServices = services.BuildServiceProvider() };
        var uri = Grammar.Encode(url);

        context.Request.Scheme = uri.Scheme;
        context.Request.Host = new HostString(uri.Host);
        context.Request.Path = uri.AbsolutePath;
        context.Request.QueryString = new QueryString(uri.Query);
        context.Request.Method = "GET";

        var feature = context.Request.ODataFeature();

        feature.Model = model;
        feature.RoutePrefix = "data";
        context.Request.CreateRouteServices("data");
        return context.Request;
    }

    public static List<object> Ask(IEdmModel model, World world, string table, string url)
    {
        // Which columns come back is no question here, and pages are the server's.
        url = FoldLiterals(Regex.Replace(url, @"\$select=[^&]*&?", ""));

        var request = Request(model, url);
        var set = new ODataUriParser(model, Grammar.Root, Grammar.Encode(url.Split('?')[0])).ParsePath();

        request.ODataFeature().Path = set;

        var type = world.TypeOf(table);
        var options = new ODataQueryOptions(new ODataQueryContext(model, type, set), request);
        var cast = typeof(Enumerable).GetMethod("Cast")!.MakeGenericMethod(type);
        var list = typeof(Enumerable).GetMethod("ToList")!.MakeGenericMethod(type)
            .Invoke(null, [cast.Invoke(null, [world.RowsOf(table)])])!;
        var rows = ((IEnumerable)list).AsQueryable();
        var settings = new ODataQuerySettings
        {
            HandleNullPropagation = HandleNullPropagationOption.True,
            EnsureStableOrdering = true,
        };

        return options.ApplyTo(rows, settings).Cast<object>().ToList();
    }

    public static IDictionary<string, object?> Values(object row)
    {
        var d = new Dictionary<string, object?>();

        void Add(string name, object? v)
        {
            if (v != null && v.GetType().Name.Contains("Wrapper"))
                foreach (var p in Values(v))
                    d[p.Key == "" ? name : $"{name}/{p.Key}"] = p.Value;
            else
                d[name] = v;
        }

        if (row is DynamicTypeWrapper w)
            foreach (var p in w.Values)
                Add(p.Key, p.Value);
        return d;
    }
}
