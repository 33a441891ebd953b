/* SPDX-License-Identifier: MIT */
/*
 * From the tree of a $filter to conditions, in one walk that carries whether "not" is in force.
 */
#include "org/odata_filter.h"

#include "base/limits.h"
#include "org/code.h"
#include "org/odata_function.h"
#include "org/odata_names.h"
#include "org/relations.h"

#include "base/banned.h"

/* Where names are looked up: the root, or the rows of a collection inside any() and all(). */
struct scope {
	const struct table *table;
	struct str variable; /* empty: the root */
};

/* A filter while it grows. */
struct group {
	VEC(struct fetch_condition) conditions;
	VEC(struct fetch_filter) filters;
	VEC(struct fetch_node) links;
	bool any;
};

struct builder {
	struct odata_binder *binder;
	const struct scope *scope;
};

static bool build(struct builder *b, const struct odata_expr *x, bool negated, struct group *g,
		  struct err *e);

struct odata_binder odata_binder_make(struct store *s, struct arena *a, const struct table *t)
{
	return (struct odata_binder){ .store = s, .arena = a, .root.table = t };
}

static struct fetch_filter finish(const struct group *g)
{
	return (struct fetch_filter){
		.any = g->any,
		.links = g->links.p,
		.nlinks = g->links.n,
		.conditions = g->conditions.p,
		.nconditions = g->conditions.n,
		.filters = g->filters.p,
		.nfilters = g->filters.n,
	};
}

static bool count_link(struct odata_binder *b, struct err *e)
{
	if (b->nlinks == LIMIT_LINK_ENTITIES)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_LINKS,
				    "the query needs more than %d links to other tables",
				    LIMIT_LINK_ENTITIES);
	b->nlinks++;
	return true;
}

static struct str new_alias(struct odata_binder *b)
{
	return str_fmt(b->arena, "odata%u", b->nlinks);
}

/* joins */

/* The table at the other end of a lookup; a property of that name does not exist when it is not here. */
static bool find_target(struct odata_binder *b, const struct table *t, struct str name,
			const struct many_to_one **lookup, const struct table **target,
			struct err *e)
{
	*lookup = odata_navigation(t, name);
	*target = NULL;
	if (*lookup && !store_table(b->store, (*lookup)->target, target, e))
		return false;
	if (*target)
		return true;
	(void)odata_fail_property(t, name, e);
	return false;
}

static bool follow(struct odata_binder *b, struct odata_join *from, struct str name,
		   struct odata_join **out, struct err *e)
{
	const struct many_to_one *lookup;
	const struct table *target;

	if (!find_target(b, from->table, name, &lookup, &target, e))
		return false;
	for (size_t i = 0; i < from->links.n; i++) {
		if (from->links.p[i]->lookup == lookup) {
			*out = from->links.p[i];
			return true;
		}
	}
	if (!count_link(b, e))
		return false;

	struct odata_join *join = arena_new(b->arena, struct odata_join);

	join->lookup = lookup;
	join->table = target;
	join->alias = new_alias(b);
	*VEC_PUSH(b->arena, &from->links) = join;
	*out = join;
	return true;
}

/* Of a managed property only its Value can be asked for. */
static bool is_managed_value(const struct table *t, const struct odata_path *path, size_t at)
{
	const struct column *c = odata_property(t, path->parts[at]);

	return c && c->type == COLUMN_MANAGED && path->n == at + 2 &&
	       str_eq(path->parts[at + 1], S("Value"));
}

static bool find_column(const struct table *t, struct str name, const struct column **out,
			struct err *e)
{
	*out = odata_property(t, name);
	return *out || odata_fail_property(t, name, e);
}

bool odata_bind_path(struct odata_binder *b, const struct odata_path *path,
		     const struct odata_join **join, const struct column **column, struct err *e)
{
	struct odata_join *at = &b->root;
	size_t i = 0;

	while (i + 1 < path->n && !is_managed_value(at->table, path, i)) {
		if (!follow(b, at, path->parts[i++], &at, e))
			return false;
	}
	*join = at;
	return find_column(at->table, path->parts[i], column, e);
}

static void write_links(struct odata_binder *b, const struct odata_join *join,
			struct fetch_node *node)
{
	node->links = arena_array(b->arena, struct fetch_node, join->links.n);
	node->nlinks = join->links.n;
	for (size_t i = 0; i < join->links.n; i++) {
		const struct odata_join *link = join->links.p[i];

		node->links[i] = (struct fetch_node){
			.table = link->table->name,
			.from = link->lookup->target_column,
			.to = link->lookup->column,
			.alias = link->alias,
			.join = FETCH_OUTER,
		};
		write_links(b, link, &node->links[i]);
	}
}

void odata_bind_links(struct odata_binder *b, struct fetch_node *root)
{
	write_links(b, &b->root, root);
}

/* conditions */

static struct fetch_condition *add_condition(struct builder *b, struct group *g, struct str alias,
					     struct str column, enum fetch_op op)
{
	struct fetch_condition *c = VEC_PUSH(b->binder->arena, &g->conditions);

	*c = (struct fetch_condition){
		.attribute = column, .entity = alias, .op = op, .op_name = fetch_op_word(op)
	};
	return c;
}

static void add_value(struct builder *b, struct fetch_condition *c, struct str value)
{
	c->values = arena_new(b->binder->arena, struct str);
	c->values[0] = value;
	c->nvalues = 1;
}

/* No row of table `t`: each has a key. */
static void add_never(struct builder *b, struct group *g, const struct table *t)
{
	assert(t);
	add_condition(b, g, S(""), t->primary_id, FETCH_NULL);
}

/* Negated, null still matches neither: lt is no "ge or null". */
static const struct {
	struct str word;
	enum fetch_op op, opposite;
} COMPARISONS[] = {
	{ STR_INIT("eq"), FETCH_EQ, FETCH_NE }, { STR_INIT("ne"), FETCH_NE, FETCH_EQ },
	{ STR_INIT("gt"), FETCH_GT, FETCH_LE }, { STR_INIT("ge"), FETCH_GE, FETCH_LT },
	{ STR_INIT("lt"), FETCH_LT, FETCH_GE }, { STR_INIT("le"), FETCH_LE, FETCH_GT },
};

static enum fetch_op comparison_op(struct str word, bool negated)
{
	for (size_t i = 0; i < COUNT_OF(COMPARISONS); i++) {
		if (str_eq(COMPARISONS[i].word, word))
			return negated ? COMPARISONS[i].opposite : COMPARISONS[i].op;
	}
	assert(false && "the parser knows no other word");
	return FETCH_EQ;
}

static void compare_null(struct builder *b, struct group *g, struct str alias,
			 const struct table *t, struct str column, enum fetch_op op)
{
	if (op == FETCH_EQ || op == FETCH_NE)
		add_condition(b, g, alias, column, op == FETCH_EQ ? FETCH_NULL : FETCH_NOT_NULL);
	else if (alias.n > 0) /* where the root is what conditions are about */
		add_never(b, g, b->scope->table);
	else
		add_never(b, g, t);
}

/* Both stand on one row. */
static bool compare_columns(struct builder *b, const struct odata_expr *x, struct group *g,
			    struct str alias, const struct column *column, enum fetch_op op,
			    const struct table *t, struct err *e)
{
	struct str name = x->other.parts[x->other.n - 1];
	const struct column *other;
	size_t same = 0;

	while (same + 1 < x->path.n && same + 1 < x->other.n &&
	       str_eq(x->path.parts[same], x->other.parts[same]))
		same++;
	if (x->path.n != x->other.n || same + 1 != x->path.n)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "only properties of the same row can be compared, not '%.*s' "
				    "with one of another table",
				    STR_ARG(column->name));
	if (!find_column(t, name, &other, e))
		return false;
	if (str_eq(str_from(column_edm_type(column)), str_from(column_edm_type(other)))) {
		add_condition(b, g, alias, column->name, op)->value_of = other->name;
		return true;
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "A binary operator with incompatible types was detected. Found operand "
			    "types '%s' and '%s' for operator kind '%.*s'.",
			    column_edm_type(column), column_edm_type(other), STR_ARG(x->word));
}

static bool build_text(struct builder *b, const struct odata_expr *x, bool negated, struct group *g,
		       struct str alias, const struct column *c, struct err *e)
{
	enum fetch_op op = negated ? FETCH_NOT_LIKE : FETCH_LIKE;
	struct str value = x->literal.text;

	if (!column_is_text(c) || x->literal.kind != LITERAL_STRING)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "No function signature for the function with name '%.*s' "
				    "matches the specified arguments. It takes two of Edm.String; "
				    "'%.*s' is %s.",
				    STR_ARG(x->word), STR_ARG(c->name), column_edm_type(c));
	if (str_eq(x->word, S("startswith")))
		op = negated ? FETCH_NOT_BEGIN_WITH : FETCH_BEGINS_WITH;
	else if (str_eq(x->word, S("endswith")))
		op = negated ? FETCH_NOT_END_WITH : FETCH_ENDS_WITH;
	else
		value = str_fmt(b->binder->arena, "%%%.*s%%", STR_ARG(value));
	add_value(b, add_condition(b, g, alias, c->name, op), value);
	return true;
}

/* A condition on column `c` of the row that `alias` names in the root's filters; of table `t`. */
static bool build_leaf(struct builder *b, const struct odata_expr *x, bool negated, struct group *g,
		       struct str alias, const struct table *t, const struct column *c,
		       struct err *e)
{
	enum fetch_op op = FETCH_EQ;

	if (x->kind == EXPR_TEXT)
		return build_text(b, x, negated, g, alias, c, e);
	if (x->kind == EXPR_FUNCTION) {
		if (!odata_function(x, negated, &op, e))
			return false;

		struct fetch_condition *condition = add_condition(b, g, alias, c->name, op);

		condition->values = x->values;
		condition->nvalues = x->nvalues;
		return true;
	}
	op = comparison_op(x->word, negated);
	if (x->other.n > 0)
		return compare_columns(b, x, g, alias, c, op, t, e);
	if (!odata_check_literal(c, &x->literal, x->word, e))
		return false;
	if (x->literal.kind == LITERAL_NULL)
		compare_null(b, g, alias, t, c->name, op);
	else
		add_value(b, add_condition(b, g, alias, c->name, op), x->literal.text);
	return true;
}

/* Among what a column is compared with is null; to texts an empty one is. */
static bool names_null(const struct odata_expr *x, const struct column *c)
{
	bool null = false;

	if (x->kind == EXPR_COMPARE && x->other.n == 0)
		null = x->literal.kind == LITERAL_NULL ||
		       (column_is_text(c) && x->literal.text.n == 0);
	for (size_t i = 0; i < x->nvalues && !null; i++)
		null = column_is_text(c) && x->values[i].n == 0;
	return null;
}

/* Whether a row without a value in column `c` passes: behind a lookup that is empty, too. */
static bool passes_null(const struct odata_expr *x, bool negated, const struct column *c)
{
	bool positive = x->kind == EXPR_TEXT || str_eq(x->word, S("eq"));

	if (x->kind == EXPR_COMPARE && !positive && !str_eq(x->word, S("ne")))
		return false;
	if (x->kind == EXPR_FUNCTION)
		positive = !str_starts(x->word, S("Not")) && !str_starts(x->word, S("DoesNot"));
	return (positive == negated) != names_null(x, c);
}

/* The path of a leaf from its scope on: without the variable, with the function's PropertyName. */
static bool leaf_path(struct builder *b, const struct odata_expr *x, struct odata_path *out,
		      struct err *e)
{
	struct str variable = b->scope->variable;
	bool function = x->kind == EXPR_FUNCTION;
	size_t skip = variable.n > 0 && x->path.n > 0 && str_eq(x->path.parts[0], variable);
	size_t n = x->path.n - skip;

	if (variable.n > 0 && skip == 0 && !function)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "a condition inside any and all is about '%.*s'; '%.*s' is "
				    "something else",
				    STR_ARG(variable), STR_ARG(x->path.parts[0]));
	out->n = n + (function ? x->other.n : 0);
	out->parts = arena_array(b->binder->arena, struct str, out->n);
	for (size_t i = 0; i < n; i++)
		out->parts[i] = x->path.parts[i + skip];
	for (size_t i = n; i < out->n; i++)
		out->parts[i] = x->other.parts[i - n];
	return out->n > 0 || odata_fail_property(b->scope->table, variable, e);
}

/* PropertyName is a column's logical name, also of a lookup. */
static bool leaf_column(const struct table *t, const struct odata_expr *x, struct str name,
			const struct column **out, struct err *e)
{
	*out = x->kind == EXPR_FUNCTION ? table_column(t, name) : NULL;
	return *out || find_column(t, name, out, e);
}

/*
 * Behind a lookup, where the names of the root's joins do not reach: any row (there is at most one) that
 * satisfies it; or, when null does (`null_too`), no row at all.
 */
static bool build_behind(struct builder *b, const struct odata_expr *x, bool negated,
			 struct group *g, const struct table *t, struct odata_path path,
			 bool *null_too, struct err *e)
{
	const struct column *c;
	struct group inner = { 0 }, either = { .any = true };
	const struct many_to_one *lookup;
	const struct table *target;
	struct fetch_node *link;

	if (path.n == 1 || is_managed_value(t, &path, 0)) {
		if (!leaf_column(t, x, path.parts[0], &c, e))
			return false;
		*null_too = passes_null(x, negated, c);
		return build_leaf(b, x, negated, g, S(""), t, c, e);
	}
	if (!find_target(b->binder, t, path.parts[0], &lookup, &target, e) ||
	    !count_link(b->binder, e))
		return false;
	link = VEC_PUSH(b->binder->arena, &either.links);
	*link = (struct fetch_node){ .table = target->name,
				     .from = lookup->target_column,
				     .to = lookup->column,
				     .alias = new_alias(b->binder),
				     .join = FETCH_ANY };
	path.parts++;
	path.n--;
	if (!build_behind(b, x, negated, &inner, target, path, null_too, e))
		return false;
	link->filters = arena_new(b->binder->arena, struct fetch_filter);
	link->filters[0] = finish(&inner);
	link->nfilters = 1;
	if (*null_too)
		add_condition(b, &either, S(""), lookup->column, FETCH_NULL);
	*VEC_PUSH(b->binder->arena, &g->filters) = finish(&either);
	return true;
}

static bool build_condition(struct builder *b, const struct odata_expr *x, bool negated,
			    struct group *g, struct err *e)
{
	struct odata_path path;
	struct odata_path row;
	struct odata_join *join = &b->binder->root;
	const struct column *c;
	bool null_too;

	if (!leaf_path(b, x, &path, e))
		return false;
	if (b->scope->variable.n > 0)
		return build_behind(b, x, negated, g, b->scope->table, path, &null_too, e);
	for (row = path; row.n > 1 && !is_managed_value(join->table, &row, 0); row.n--) {
		if (!follow(b->binder, join, *row.parts++, &join, e))
			return false;
	}
	return leaf_column(join->table, x, row.parts[0], &c, e) &&
	       build_leaf(b, x, negated, g, join->alias, join->table, c, e);
}

/* collections */

/* The rows of a collection: how they hang together with the row that has it. */
struct members {
	const struct table *table;
	struct fetch_node link; /* from the row */
	struct fetch_node
		*rows; /* the node of the rows: the link, or one behind the intersect table */
};

static bool fail_collection(const struct table *t, struct str name, struct err *e)
{
	if (odata_navigation(t, name) || odata_property(t, name))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "any and all need a collection; '%.*s' has one value",
				    STR_ARG(name));
	return odata_fail_property(t, name, e);
}

static bool find_pairs(struct builder *b, const struct table *t, struct str name,
		       struct members *out, struct err *e)
{
	bool first;
	const struct many_to_many *mm = odata_collection(t, name, &first);

	if (!mm)
		return fail_collection(t, name, e);
	if (!store_table(b->binder->store, first ? mm->table2 : mm->table1, &out->table, e))
		return false;
	if (!out->table)
		return odata_fail_property(t, name, e);
	if (!count_link(b->binder, e))
		return false;
	out->link = (struct fetch_node){
		.table = mm->intersect,
		.from = first ? mm->column1 : mm->column2,
		.to = t->primary_id,
		.alias = new_alias(b->binder),
	};
	if (!count_link(b->binder, e))
		return false;
	out->rows = arena_new(b->binder->arena, struct fetch_node);
	*out->rows = (struct fetch_node){
		.table = out->table->name,
		.from = out->table->primary_id,
		.to = first ? mm->column2 : mm->column1,
		.alias = new_alias(b->binder),
	};
	out->link.links = out->rows;
	out->link.nlinks = 1;
	return true;
}

static bool find_members(struct builder *b, const struct table *t, struct str name,
			 struct members *out, struct err *e)
{
	struct relation relation;

	if (!relation_find(b->binder->store, b->binder->arena, t, name, &relation, e))
		return false;
	if (!relation.child)
		return find_pairs(b, t, name, out, e);
	if (!count_link(b->binder, e))
		return false;
	out->table = relation.child;
	out->link = (struct fetch_node){
		.table = relation.child->name,
		.from = relation.lookup->column,
		.to = t->primary_id,
		.alias = new_alias(b->binder),
	};
	out->rows = &out->link;
	return true;
}

/*
 * all() is FetchXML's: there are rows, and none that does not satisfy it; not all() is its opposite there.
 * So neither returns a parent without rows (facts/webapi.md 4.2).
 */
static enum fetch_join lambda_join(bool all, bool negated)
{
	if (all)
		return negated ? FETCH_NOT_ALL : FETCH_ALL;
	return negated ? FETCH_NOT_ANY : FETCH_ANY;
}

static bool build_lambda(struct builder *b, const struct odata_expr *x, bool negated,
			 struct group *g, struct err *e)
{
	bool all = x->kind == EXPR_ALL;
	bool inside = b->scope->variable.n > 0;
	struct members members = { 0 };
	struct group inner = { 0 };
	size_t at = inside ? 1 : 0;

	if (x->path.n != at + 1 || (inside && !str_eq(x->path.parts[0], b->scope->variable)))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "any and all stand directly on a collection of the row, not "
				    "behind other properties: position %zu",
				    x->at);
	if (!find_members(b, b->scope->table, x->path.parts[at], &members, e))
		return false;
	assert(members.rows);
	if (x->left) {
		struct scope scope = { members.table, x->variable };
		struct builder below = { b->binder, &scope };

		if (!build(&below, x->left, all, &inner, e))
			return false;
		members.rows->filters = arena_new(b->binder->arena, struct fetch_filter);
		members.rows->filters[0] = finish(&inner);
		members.rows->nfilters = 1;
	}
	members.link.join = lambda_join(all, negated);

	struct fetch_node *link = VEC_PUSH(b->binder->arena, &g->links);

	*link = members.link;
	return true;
}

/* A chain of one word becomes one filter. */
static bool build_both(struct builder *b, const struct odata_expr *x, bool negated, struct group *g,
		       struct err *e)
{
	struct group own = { .any = (x->kind == EXPR_OR) != negated };
	struct group *into = own.any == g->any ? g : &own;

	if (!build(b, x->left, negated, into, e) || !build(b, x->right, negated, into, e))
		return false;
	if (into == &own)
		*VEC_PUSH(b->binder->arena, &g->filters) = finish(&own);
	return true;
}

static bool build(struct builder *b, const struct odata_expr *x, bool negated, struct group *g,
		  struct err *e)
{
	switch (x->kind) {
	case EXPR_AND:
	case EXPR_OR:
		return build_both(b, x, negated, g, e);
	case EXPR_NOT:
		return build(b, x->left, !negated, g, e);
	case EXPR_COMPARE:
	case EXPR_TEXT:
	case EXPR_FUNCTION:
		return build_condition(b, x, negated, g, e);
	case EXPR_ANY:
	case EXPR_ALL:
		return build_lambda(b, x, negated, g, e);
	case EXPR_LITERAL:
		if (str_eq(x->literal.text, S("true")) == negated)
			add_never(b, g, b->scope->table);
		else
			*VEC_PUSH(b->binder->arena, &g->filters) = (struct fetch_filter){ 0 };
		return true;
	}
	return false;
}

bool odata_bind_filter(struct odata_binder *b, const struct odata_expr *x, struct fetch_filter *out,
		       struct err *e)
{
	struct scope scope = { .table = b->root.table };
	struct builder builder = { b, &scope };
	struct group g = { 0 };

	if (!build(&builder, x, false, &g, e))
		return false;
	*out = finish(&g);
	return true;
}
