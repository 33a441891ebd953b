// SPDX-License-Identifier: MIT
// As much of the names of Microsoft.Xrm.Sdk as the evaluators of others use, so that their files compile without
// the rest of their projects. Nothing here decides what a query finds.
using System.Collections.ObjectModel;

namespace Microsoft.Xrm.Sdk
{
    public class DataCollection<T> : Collection<T>
    {
        public void AddRange(IEnumerable<T> items)
        {
            foreach (var i in items)
                Add(i);
        }
    }

    public sealed class AttributeCollection : Dictionary<string, object> { }

    public class Entity(string name, Guid id = default)
    {
        public string LogicalName = name;
        public Guid Id = id;
        public AttributeCollection Attributes { get; } = new();
        public bool Contains(string name) => Attributes.ContainsKey(name);
        public object this[string name] { get => Attributes[name]; set => Attributes[name] = value; }
    }

    public class EntityReference(string name, Guid id)
    {
        public string LogicalName = name;
        public Guid Id = id;
        public override bool Equals(object? o) => o is EntityReference r && r.Id == Id && r.LogicalName == LogicalName;
        public override int GetHashCode() => Id.GetHashCode();
    }

    public class OptionSetValue(int value)
    {
        public int Value = value;
        public override bool Equals(object? o) => o is OptionSetValue v && v.Value == Value;
        public override int GetHashCode() => Value;
    }

    public class OptionSetValueCollection : DataCollection<OptionSetValue> { }

    public class Money(decimal value)
    {
        public decimal Value = value;
        public override bool Equals(object? o) => o is Money v && v.Value == Value;
        public override int GetHashCode() => Value.GetHashCode();
    }

    public class AliasedValue(string entity, string attribute, object? value)
    {
        public string EntityLogicalName = entity, AttributeLogicalName = attribute;
        public object? Value = value;
    }

    public class EntityCollection(IList<Entity> entities)
    {
        public DataCollection<Entity> Entities { get; } = Fill(entities);
        public string? EntityName, PagingCookie;
        public bool MoreRecords;
        public int TotalRecordCount;

        static DataCollection<Entity> Fill(IList<Entity> e)
        {
            var c = new DataCollection<Entity>();

            c.AddRange(e);
            return c;
        }
    }
}

namespace Microsoft.Xrm.Sdk.Query
{
    public enum LogicalOperator { And, Or }
    public enum OrderType { Ascending, Descending }
    public enum JoinOperator { Inner, LeftOuter, Natural, MatchFirstRowUsingCrossApply, In, Exists, Any, NotAny, All, NotAll }

    public enum ConditionOperator
    {
        Equal, NotEqual, GreaterThan, LessThan, GreaterEqual, LessEqual, Like, NotLike, In, NotIn, Between, NotBetween, Null, NotNull,
        Yesterday, Today, Tomorrow, Last7Days, Next7Days, LastWeek, ThisWeek, NextWeek, LastMonth, ThisMonth, NextMonth,
        On, OnOrBefore, OnOrAfter, LastYear, ThisYear, NextYear, LastXHours, NextXHours, LastXDays, NextXDays, LastXWeeks,
        NextXWeeks, LastXMonths, NextXMonths, LastXYears, NextXYears, EqualUserId, NotEqualUserId, EqualBusinessId,
        NotEqualBusinessId, Contains, DoesNotContain, OlderThanXMonths, BeginsWith, DoesNotBeginWith, EndsWith, DoesNotEndWith,
        OlderThanXYears, OlderThanXWeeks, OlderThanXDays, OlderThanXHours, OlderThanXMinutes, ContainValues, DoesNotContainValues,
    }

    public class ConditionExpression
    {
        public string AttributeName = "";
        public string? EntityName;
        public bool CompareColumns;
        public ConditionOperator Operator;
        public DataCollection<object> Values { get; } = new();
    }

    public class FilterExpression
    {
        public LogicalOperator FilterOperator;
        public DataCollection<ConditionExpression> Conditions { get; } = new();
        public DataCollection<FilterExpression> Filters { get; } = new();

        public void AddCondition(string attribute, ConditionOperator op, params object[] values)
        {
            var c = new ConditionExpression { AttributeName = attribute, Operator = op };

            c.Values.AddRange(values);
            Conditions.Add(c);
        }
    }

    public class ColumnSet
    {
        public bool AllColumns;
        public DataCollection<string> Columns { get; } = new();
        public ColumnSet(bool all) => AllColumns = all;
        public ColumnSet(params string[] columns) => Columns.AddRange(columns);
    }

    public class OrderExpression(string attribute, OrderType type)
    {
        public string AttributeName = attribute;
        public OrderType OrderType = type;
    }

    public class PagingInfo
    {
        public int Count, PageNumber;
    }

    public class LinkEntity
    {
        public string LinkFromEntityName = "", LinkFromAttributeName = "", LinkToEntityName = "", LinkToAttributeName = "", EntityAlias = "";
        public JoinOperator JoinOperator;
        public ColumnSet Columns = new(false);
        public FilterExpression LinkCriteria = new();
        public DataCollection<LinkEntity> LinkEntities { get; } = new();
    }

    public class QueryExpression(string entity)
    {
        public string EntityName = entity;
        public ColumnSet ColumnSet = new(false);
        public FilterExpression Criteria = new();
        public DataCollection<OrderExpression> Orders { get; } = new();
        public DataCollection<LinkEntity> LinkEntities { get; } = new();
        public int? TopCount;
        public PagingInfo? PageInfo;
        public bool Distinct, NoLock;
    }
}

namespace Fake4Dataverse
{
    using Microsoft.Xrm.Sdk;

    internal interface IClock { DateTime UtcNow { get; } }

    internal sealed class SystemClock : IClock
    {
        public static readonly SystemClock Instance = new();
        public DateTime UtcNow => DateTime.UtcNow;
    }

    internal sealed class InMemoryEntityStore
    {
        public sealed class Staged { public Entity? Entity; }

        public sealed class Transaction
        {
            public IEnumerable<KeyValuePair<Guid, Staged>> GetEntityChanges(string table) => [];
        }

        public sealed class AttributeIndex
        {
            public HashSet<Guid>? Lookup(string table, string column, object value) => null;
        }

        readonly Dictionary<string, List<Entity>> rows = new();

        public AttributeIndex? Index => null;
        public Transaction? ActiveTransaction => null;
        public void Put(Entity e) => GetList(e.LogicalName).Add(e);
        List<Entity> GetList(string table) => rows.TryGetValue(table, out var l) ? l : rows[table] = new();
        public IReadOnlyList<Entity> GetAll(string table) => GetList(table);
        public IReadOnlyList<Entity> GetByIds(string table, HashSet<Guid> ids) => GetList(table).Where(e => ids.Contains(e.Id)).ToList();
        public static object? CloneAttributeValue(object? value) => value;
    }
}

namespace DG.Tools.XrmMockup
{
    internal sealed class MockupException(string message) : Exception(message);
}
