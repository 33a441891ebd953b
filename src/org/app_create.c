/* SPDX-License-Identifier: MIT */
/*
 * Making an organization: tables from the metadata, rows from the samples. The file is made under a
 * temporary name and gets its own when it is complete.
 */
#include "org/app.h"

#include "base/asset.h"
#include "base/file.h"
#include "base/vec.h"
#include "org/metadata_rows_access.h"
#include "org/metadata_rows.h"
#include "org/sample.h"
#include "org/store.h"
#include "org/store_file.h"

#include "base/banned.h"

#define SYSTEM_SAMPLE "system"
#define BASE_LANGUAGE 1033 /* English (United States) */

/* "contoso" of samples/contoso.json; false for what is no sample of its own. */
static bool sample_name(struct str asset, struct str *out)
{
	struct str prefix = S("samples/");
	struct str suffix = S(".json");

	if (!str_starts(asset, prefix) || !str_ends(asset, suffix) ||
	    asset.n <= prefix.n + suffix.n)
		return false;
	*out = str_sub(asset, prefix.n, asset.n - prefix.n - suffix.n);
	return !str_eq(*out, S(SYSTEM_SAMPLE));
}

size_t org_samples(struct arena *a, struct str **names)
{
	VEC(struct str) found = { 0 };
	size_t n;
	const struct asset *assets = asset_all(&n);

	for (size_t i = 0; i < n; i++) {
		struct str name;

		if (sample_name(assets[i].name, &name))
			*VEC_PUSH(a, &found) = name;
	}
	*names = found.p;
	return found.n;
}

static bool unknown_sample(struct arena *a, const char *name, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(0);
	struct str *names;
	size_t n = org_samples(a, &names);

	for (size_t i = 0; i < n; i++) {
		buf_add(&list, i > 0 ? S(", ") : S(""));
		buf_add(&list, names[i]);
	}
	return err_set(e, ERR_INPUT, "there is no sample \"%s\"; there are: %.*s", name,
		       STR_ARG(buf_str(&list)));
}

struct samples {
	struct str texts[2];
	const char *names[2];
	size_t n;
};

static bool find_samples(struct arena *a, const char *name, struct samples *out, struct err *e)
{
	struct str base = S("samples/" SYSTEM_SAMPLE ".json");

	*out = (struct samples){ .names = { SYSTEM_SAMPLE ".json" }, .n = 1 };
	if (!asset_find(base, &out->texts[0]))
		return err_set(e, ERR_INTERNAL, "the program lacks its file %.*s", STR_ARG(base));
	if (!name)
		return true;

	struct str file = str_fmt(a, "samples/%s.json", name);
	struct str plain;

	if (!sample_name(file, &plain) || !asset_find(file, &out->texts[1]))
		return unknown_sample(a, name, e);
	out->names[1] = str_cstr(a, str_fmt(a, "%s.json", name));
	out->n = 2;
	return true;
}

/* The file's base name without its extension. */
static struct str name_of(const char *path)
{
	struct str s = str_from(path);

	for (size_t slash = str_find_char(s, '/'); slash != STR_NONE; slash = str_find_char(s, '/'))
		s = str_skip(s, slash + 1);

	size_t point = s.n;

	while (point > 0 && s.p[point - 1] != '.')
		point--;
	return point > 1 ? str_sub(s, 0, point - 1) : s;
}

static bool fill(struct store *s, const struct samples *samples, struct str name, struct err *e)
{
	return sample_load(s, samples->texts, samples->names, samples->n, name, e) &&
	       store_finish(s, e) && metadata_rows_fill(s, e) &&
	       access_rows_fill(s, samples->texts, samples->names, samples->n, e);
}

static bool create_file(struct arena *a, const char *temp, const char *path,
			const struct org_create_options *options, const struct samples *samples,
			struct err *e)
{
	struct store_options how = { .seeded = options->seeded,
				     .seed = options->seed,
				     .lcid = BASE_LANGUAGE };
	struct store s;

	if (!store_create(&s, a, temp, &how, e))
		return false;

	bool ok = fill(&s, samples, name_of(options->name ? options->name : path), e) &&
		  (!options->sample ||
		   store_header_put(&s, S(STORE_HEADER_SAMPLE), str_from(options->sample), e));

	store_close(&s);
	return ok && file_commit(temp, path, e);
}

bool org_create(const char *path, const struct org_create_options *options, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct samples samples;
	struct err ignored;

	if (file_exists(path))
		return err_set(e, ERR_INPUT, "%s exists already; choose another name or remove it",
			       path);
	if (!find_samples(&a, options->sample, &samples, e))
		return false;

	const char *temp = file_temp_name(&a, path);
	const char *journal = str_cstr(&a, str_fmt(&a, "%s-journal", temp));

	if (create_file(&a, temp, path, options, &samples, e))
		return true;
	/* the error to tell is the one that came first */
	if (file_exists(temp) && !file_remove(temp, &ignored))
		return err_wrap(e, "%s could not be removed", temp);
	if (file_exists(journal) && !file_remove(journal, &ignored))
		return err_wrap(e, "%s could not be removed", journal);
	return false;
}
