/* SPDX-License-Identifier: MIT */
/*
 * The parts of the page that do not grow with the changes. The changes are those of report_html_rows.c.
 */
#include "cli/report_html.h"

#include <inttypes.h>

#include "base/limits.h"
#include "cli/problem_kinds.h"

#include "base/banned.h"

static const char style[] =
	":root{color-scheme:light dark;--fg:#1c2024;--dim:#646b73;--bg:#fff;--card:#f5f6f8;--line:#d9dde2;"
	"--add:#17803d;--del:#c22f2f;--mod:#9a6700;--same:#b9c0c8;--adopt:#2f6fc2;--skip:#8250b5;"
	"--addbg:#e3f5e8;--delbg:#fbe6e6}\n"
	"@media (prefers-color-scheme:dark){:root{--fg:#e4e7ea;--dim:#98a1aa;--bg:#14171a;--card:#1e2226;"
	"--line:#363c43;--add:#56c878;--del:#f07f7f;--mod:#e0b040;--same:#59616a;--adopt:#7fb0f0;--skip:#c09be8;"
	"--addbg:#14331f;--delbg:#401c1c}}\n"
	"@media print{:root{color-scheme:light;--fg:#000;--dim:#444;--bg:#fff;--card:#f5f6f8;--line:#bbb;--add:#17803d;"
	"--del:#c22f2f;--mod:#9a6700;--same:#b9c0c8;--adopt:#2f6fc2;--skip:#8250b5;--addbg:#e3f5e8;"
	"--delbg:#fbe6e6}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}tr,.change{break-inside:avoid}}\n"
	"body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:1200px;margin:2em auto;"
	"padding:0 1.5em}\n"
	"h1{font-size:1.5em;margin:0}h2{font-size:1.2em;margin:2em 0 .5em;border-bottom:1px solid "
	"var(--line)}h3{font-size:1em;margin:1.5em 0 .3em}\n"
	"table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25em "
	".7em;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}\n"
	"th{font-weight:600;color:var(--dim)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
	"overflow-wrap:normal}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.15em 1.2em}dt{color:var(--dim)}dd{margin:0;"
	"overflow-wrap:anywhere}\n"
	"code,pre,.v{font:13px/1.45 ui-monospace,monospace}pre{margin:.2em 0;white-space:pre-wrap;"
	"overflow-wrap:anywhere}\n"
	".state{display:inline-block;padding:.1em .7em;border-radius:1em;font-weight:600;color:#fff;background:#646b73}"
	".state.good{background:#17803d}.state.bad{background:#c22f2f}.dim{color:var(--dim)}\n"
	".cards{display:flex;flex-wrap:wrap;gap:.7em;margin:1em 0}.card{background:var(--card);border-radius:.5em;"
	"padding:.5em 1em}.card b{display:block;font-size:1.4em}\n"
	".bar{display:flex;height:.9em;min-width:12em;border-radius:.3em;overflow:hidden;background:var(--card)}.bar "
	"i{min-width:3px}\n"
	".created{background:var(--add)}.updated{background:var(--mod)}.adopted{background:var(--adopt)}.unchanged{"
	"background:var(--same)}.skipped{background:var(--skip)}.failed{background:var(--del)}\n"
	".key i{display:inline-block;width:.8em;height:.8em;border-radius:.2em;margin:0 .4em 0 1em}\n"
	".change{margin:.6em 0;padding:.3em .8em;border-left:3px solid "
	"var(--line)}.create{border-color:var(--add)}.update{border-color:var(--mod)}.delete,.deactivate,.unlink{"
	"border-color:var(--del)}.link{border-color:var(--add)}.adopt{border-color:var(--adopt)}\n"
	".old{color:var(--del)}.new{color:var(--add)}.lo{background:var(--delbg)}.ln{background:var(--addbg)}.lo,.ln,"
	".ls,.lh{display:block}.lh{color:var(--dim)}.fate{color:var(--del);font-weight:600}\n"
	".problem{margin:.8em 0;padding:.5em 1em;background:var(--card);border-radius:.5em;border-left:4px solid "
	"var(--mod)}.problem.error{border-color:var(--del)}.problem p{margin:.3em 0}\n"
	".wide{overflow-x:auto}svg{max-width:100%;height:auto}svg .box{fill:var(--card);stroke:var(--dim)}svg "
	".still{stroke-dasharray:4 3}svg text{fill:var(--fg);text-anchor:middle;font:12px "
	"ui-monospace,monospace}svg .rows{fill:var(--dim);font-size:11px}svg "
	".arrow,svg .pairs{fill:none;stroke:var(--dim)}svg .pairs{stroke-dasharray:5 4}svg "
	".tip{fill:var(--dim)}\n";

/* The buckets of a row, in the order of the bars. */
static const struct {
	const char *word;
	enum outcome outcome;
} buckets[] = {
	{ "created", OUTCOME_CREATED }, { "updated", OUTCOME_UPDATED },
	{ "adopted", OUTCOME_ADOPTED }, { "skipped", OUTCOME_SKIPPED },
	{ "failed", OUTCOME_FAILED },   { "unchanged", OUTCOME_UNCHANGED },
};

/* ---- who, when, between what ---- */

static void fact(struct markup *m, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	markup_fmt(m, "<dt>%s</dt><dd>", name);
	markup_text(m, value);
	markup_raw(m, "</dd>\n");
}

static void fact_id(struct markup *m, const char *name, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	if (!guid_is_null(id))
		fact(m, name, guid_format(id, text));
}

/* Whose account the program ran under; in a pipeline who started that. */
static struct str person(const struct program *p)
{
	static const char *const names[] = { "GITHUB_ACTOR", "BUILD_REQUESTEDFOR", "LOGNAME",
					     "USER" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct str name = str_from(p->environment(names[i]));

		if (name.n > 0)
			return name;
	}
	return S("");
}

static void head_facts(struct markup *m, const struct run_head *head)
{
	if (!head)
		return;
	fact_id(m, "Run", head->id);
	fact(m, "Kind", run_kind_name(head->kind));
	fact(m, "State", run_phase_name(head->phase));
	fact(m, "Plan hash (SHA-256)", head->seal);
	fact_id(m, "Source organization", head->source_organization);
	fact_id(m, "Target organization", head->target_organization);
	fact_id(m, "Written as user", head->target_user);
	fact(m, "Made", head->created);
	fact(m, "Planned", head->planned);
	fact(m, "Writing began", head->started);
	fact(m, "Writing ended", head->ended);
	fact(m, "Belongs to run", head->undone);
	fact(m, "Made by ferry", head->ferry);
}

static void facts(struct report_html *h, const struct run_head *head)
{
	const struct report *r = h->report;
	char began[DATETIME_TEXT_SIZE], ended[DATETIME_TEXT_SIZE];

	markup_raw(&h->m, "<dl>\n");
	fact(&h->m, "Source", str_from(r->source));
	fact(&h->m, "Target", str_from(r->target));
	fact(&h->m, "Started by", person(h->program));
	fact(&h->m, "Command began", datetime_format_iso(r->started, began));
	fact(&h->m, "Command ended", datetime_format_iso(r->ended, ended));
	head_facts(&h->m, head);
	fact(&h->m, "Run file", str_from(r->run_path));
	fact(&h->m, "Report by ferry", S(FERRY_VERSION));
	markup_raw(&h->m, "</dl>\n");
}

static void state(struct report_html *h)
{
	const struct report *r = h->report;
	struct import_table rows = report_sum(r->tables, r->ntables);
	const char *class = "";
	const char *word = "nothing was written";

	if (r->stopped) {
		class = " bad";
		word = "stopped";
	} else if (rows.counts[OUTCOME_FAILED] > 0) {
		class = " bad";
		word = "some rows failed";
	} else if (r->verified) {
		class = " good";
		word = "verified";
	} else if (!r->dry_run) {
		class = " bad";
		word = "not verified";
	}
	markup_fmt(&h->m, "<p><span class=\"state%s\">%s</span></p>\n", class, word);
	if (!r->stopped)
		return;
	markup_raw(&h->m, "<p class=\"fate\">");
	markup_text(&h->m, str_from(r->stopped->msg));
	markup_raw(&h->m, "</p>\n");
}

/* ---- counts ---- */

static void card(struct markup *m, uint64_t n, const char *word)
{
	if (n > 0)
		markup_fmt(m, "<div class=\"card\"><b>%" PRIu64 "</b>%s</div>", n, word);
}

static void cards(struct report_html *h)
{
	const struct report *r = h->report;
	struct import_table rows = report_sum(r->tables, r->ntables);
	struct import_table links = report_sum(r->relationships, r->nrelationships);
	struct markup *m = &h->m;

	markup_raw(m, "<div class=\"cards\">");
	card(m, rows.read, "rows read");
	for (size_t i = 0; i < COUNT_OF(buckets); i++)
		card(m, rows.counts[buckets[i].outcome], buckets[i].word);
	card(m, rows.deleted, "deleted");
	card(m, rows.deactivated, "deactivated");
	card(m, links.counts[OUTCOME_CREATED], "linked");
	card(m, links.unlinked, "unlinked");
	card(m, links.counts[OUTCOME_FAILED], "links failed");
	card(m, links.counts[OUTCOME_SKIPPED], "links skipped");
	markup_raw(m, "</div>\n");
}

/* In thousandths, so that no locale has a say. */
static void bar(struct markup *m, const struct import_table *t)
{
	markup_raw(m, "<td><div class=\"bar\">");
	for (size_t i = 0; i < COUNT_OF(buckets); i++) {
		uint64_t n = t->counts[buckets[i].outcome];

		if (n > 0 && t->read > 0)
			markup_fmt(m,
				   "<i class=\"%s\" style=\"flex:%" PRIu64 " 0 0\" title=\"%" PRIu64
				   " %s\"></i>",
				   buckets[i].word, n * 1000 / t->read + 1, n, buckets[i].word);
	}
	markup_raw(m, "</div></td>");
}

static void row(struct markup *m, const struct import_table *t, bool links)
{
	markup_raw(m, "<tr><td>");
	markup_text(m, t->name);
	markup_fmt(m, "</td><td class=\"n\">%" PRIu64 "</td>", t->read);
	for (size_t i = 0; i < COUNT_OF(buckets); i++)
		markup_fmt(m, "<td class=\"n\">%" PRIu64 "</td>", t->counts[buckets[i].outcome]);
	markup_fmt(m, "<td class=\"n\">%" PRIu64 "</td>",
		   links ? t->unlinked : t->deleted + t->deactivated);
	bar(m, t);
	markup_raw(m, "</tr>\n");
}

static void rows(struct markup *m, const struct import_table *tables, size_t n, bool links)
{
	struct import_table total = report_sum(tables, n);

	if (n == 0)
		return;
	markup_fmt(m, "<div class=\"wide\"><table><thead><tr><th>%s</th><th class=\"n\">read</th>",
		   links ? "relationship" : "table");
	for (size_t i = 0; i < COUNT_OF(buckets); i++)
		markup_fmt(m, "<th class=\"n\">%s</th>",
			   links && i == 0 ? "linked" : buckets[i].word);
	markup_fmt(m, "<th class=\"n\">%s</th><th></th></tr></thead><tbody>\n",
		   links ? "unlinked" : "removed");
	for (size_t i = 0; i < n; i++)
		row(m, &tables[i], links);
	if (n > 1)
		row(m, &total, links);
	markup_raw(m, "</tbody></table></div>\n");
}

static void counts(struct report_html *h)
{
	const struct report *r = h->report;

	if (r->ntables + r->nrelationships == 0)
		return;
	markup_raw(&h->m, "<h2>Summary</h2>\n");
	cards(h);
	markup_raw(&h->m, "<p class=\"key dim\">");
	for (size_t i = 0; i < COUNT_OF(buckets); i++)
		markup_fmt(&h->m, "<i class=\"%s\"></i>%s", buckets[i].word, buckets[i].word);
	markup_raw(&h->m, "</p>\n");
	rows(&h->m, r->tables, r->ntables, false);
	rows(&h->m, r->relationships, r->nrelationships, true);
}

/* ---- problems ---- */

static void problem(struct markup *m, const struct problem_kind *k)
{
	bool error = k->severity == SEVERITY_ERROR;

	markup_fmt(m, "<div class=\"problem %s\"><p><b>%s</b> ", error ? "error" : "warning",
		   error ? "error" : "warning");
	if (k->n > 1)
		markup_fmt(m, "(%" PRIu64 " times) ", k->n);
	if (k->code)
		markup_fmt(m, "<code>0x%08" PRIx32 "</code> ", k->code);
	markup_clipped(m, k->message, LIMIT_REPORT_VALUE);
	markup_raw(m, "</p>");
	if (k->remedy.n > 0) {
		markup_raw(m, "<p>What to do: ");
		markup_clipped(m, k->remedy, LIMIT_REPORT_VALUE);
		markup_raw(m, "</p>");
	}
	for (size_t i = 0; i < k->nplaces; i++) {
		markup_raw(m, i == 0 ? "<p class=\"dim\">" : "<br>");
		markup_clipped(m, k->places[i], LIMIT_REPORT_VALUE);
	}
	if (k->nplaces > 0 && k->n > k->nplaces)
		markup_fmt(m, "<br>... and %" PRIu64 " more", k->n - k->nplaces);
	markup_raw(m, k->nplaces > 0 ? "</p></div>\n" : "</div>\n");
}

static bool problems(struct report_html *h, struct err *e)
{
	struct problem_kinds kinds = { 0 };

	if (h->report->run && !problem_kinds_read(h->program->arena, h->report->run,
						  LIMIT_REPORT_PROBLEMS, &kinds, e))
		return false;
	markup_raw(&h->m, "<h2>Problems</h2>\n");
	if (kinds.n == 0)
		markup_raw(&h->m, h->report->stopped ? "<p>None besides the one above.</p>\n"
						     : "<p>None.</p>\n");
	for (size_t i = 0; i < kinds.n; i++)
		problem(&h->m, &kinds.p[i]);
	if (kinds.others > 0)
		markup_fmt(&h->m, "<p>... and %" PRIu64 " more of other kinds</p>\n", kinds.others);
	return true;
}

/* ---- the page ---- */

bool report_html_begin(struct report_html *h, struct program *p, struct sink *out,
		       const struct report *r, const struct run_head *head, const struct job *j,
		       struct err *e)
{
	*h = (struct report_html){
		.m = markup_make(out),
		.program = p,
		.report = r,
		.job = j,
		.page = arena_make(0),
	};
	if (j)
		h->picture = picture_make(p->arena, j);
	markup_raw(
		&h->m,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		"content=\"width=device-width,initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>ferry ");
	markup_text(&h->m, str_from(r->command));
	markup_raw(&h->m, ": ");
	markup_text(&h->m, str_from(r->target));
	markup_raw(&h->m, "</title>\n<style>");
	markup_raw(&h->m, style);
	markup_raw(&h->m, "</style></head><body>\n<h1>ferry ");
	markup_text(&h->m, str_from(r->command));
	markup_raw(&h->m, "</h1>\n");
	state(h);
	facts(h, head);
	counts(h);
	if (!problems(h, e))
		return false;
	if (j)
		markup_raw(&h->m, "<h2>Changes</h2>\n");
	return true;
}

bool report_html_end(struct report_html *h, struct err *e)
{
	report_html_rows_end(h);
	if (h->job) {
		markup_raw(&h->m, "<h2>Dependencies</h2>\n");
		picture_draw(&h->picture, &h->m);
	}
	markup_raw(&h->m, "</body></html>\n");
	return markup_finish(&h->m, e);
}

void report_html_release(struct report_html *h)
{
	markup_release(&h->m);
	arena_release(&h->page);
}
