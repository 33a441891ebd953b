// SPDX-License-Identifier: MIT
// One class per engine: rows in, FetchXML in, rows out.
using System.Xml.Linq;
using Microsoft.Xrm.Sdk;
using Microsoft.Xrm.Sdk.Query;

interface IEngine
{
    string Name { get; }
    void Put(Entity row);
    List<Entity> Ask(string fetchXml);
}

sealed class Fake4DataverseEngine : IEngine
{
    sealed class Fixed(DateTime now) : Fake4Dataverse.IClock
    {
        public DateTime UtcNow => now;
    }

    readonly Fake4Dataverse.InMemoryEntityStore store = new();
    readonly Fake4Dataverse.QueryExpressionEvaluator evaluator;

    public Fake4DataverseEngine(DateTime now) => evaluator = new()
    {
        Clock = new Fixed(now),
        CallerId = Ids.Of("caller"),
        BusinessUnitId = Ids.Of("unit"),
    };

    public string Name => "Fake4Dataverse";
    public void Put(Entity row) => store.Put(row);
    public List<Entity> Ask(string fetchXml) =>
        new Fake4Dataverse.FetchXmlEvaluator(evaluator).Evaluate(fetchXml, store).Entities.ToList();
}

// XrmMockup's matcher of rows; what is around it in XrmMockup needs an organization's metadata, so that only
// queries of one table without aggregates are asked, their conditions read as the SDK reads them: values are
// texts.
sealed class XrmMockupEngine : IEngine
{
    static readonly Dictionary<string, ConditionOperator> operators = new()
    {
        ["eq"] = ConditionOperator.Equal, ["ne"] = ConditionOperator.NotEqual, ["neq"] = ConditionOperator.NotEqual,
        ["gt"] = ConditionOperator.GreaterThan, ["ge"] = ConditionOperator.GreaterEqual,
        ["lt"] = ConditionOperator.LessThan, ["le"] = ConditionOperator.LessEqual,
        ["like"] = ConditionOperator.Like, ["not-like"] = ConditionOperator.NotLike,
        ["in"] = ConditionOperator.In, ["not-in"] = ConditionOperator.NotIn,
        ["null"] = ConditionOperator.Null, ["not-null"] = ConditionOperator.NotNull,
        ["begins-with"] = ConditionOperator.BeginsWith, ["not-begin-with"] = ConditionOperator.DoesNotBeginWith,
        ["ends-with"] = ConditionOperator.EndsWith, ["not-end-with"] = ConditionOperator.DoesNotEndWith,
    };

    readonly List<Entity> rows = new();

    public string Name => "XrmMockup";
    public void Put(Entity row) => rows.Add(row);

    public List<Entity> Ask(string fetchXml)
    {
        var fetch = XDocument.Parse(fetchXml).Root!;
        var entity = fetch.Element("entity")!;

        if (fetch.Attributes().Any() || entity.Descendants("link-entity").Any() || entity.Elements("order").Any())
            throw new NotSupportedException("only filters of one table");

        var filter = new FilterExpression();

        foreach (var f in entity.Elements("filter"))
            filter.Filters.Add(Read(f));
        return rows.Where(r => r.LogicalName == entity.Attribute("name")!.Value &&
                               DG.Tools.XrmMockup.Internal.EntityMatcher.MatchesCriteria(r, filter)).ToList();
    }

    static FilterExpression Read(XElement x)
    {
        var f = new FilterExpression
        {
            FilterOperator = x.Attribute("type")?.Value == "or" ? LogicalOperator.Or : LogicalOperator.And,
        };

        foreach (var c in x.Elements("condition"))
        {
            var condition = new ConditionExpression
            {
                AttributeName = c.Attribute("attribute")!.Value,
                Operator = operators.TryGetValue(c.Attribute("operator")!.Value, out var op) ? op
                    : throw new NotSupportedException($"operator {c.Attribute("operator")!.Value}"),
                CompareColumns = c.Attribute("valueof") != null,
            };

            foreach (var v in new[] { c.Attribute("value")?.Value, c.Attribute("valueof")?.Value }
                         .Concat(c.Elements("value").Select(v => (string?)v.Value)))
                if (v != null)
                    condition.Values.Add(v);
            f.Conditions.Add(condition);
        }
        foreach (var g in x.Elements("filter"))
            f.Filters.Add(Read(g));
        return f;
    }
}
