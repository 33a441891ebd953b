/* SPDX-License-Identifier: MIT */
/*
 * Global choices of an organization. Each stands in the file as OptionSetMetadata; the columns that use one
 * carry a copy of its options, which follow it.
 */
#ifndef FERRY_ORG_CHOICES_H
#define FERRY_ORG_CHOICES_H

#include "dv/definition.h"
#include "org/store.h"

/* All of them, sorted by name. */
MUST_CHECK bool choices_all(struct store *s, struct arena *a, struct definition_choice **out,
			    size_t *n, struct err *e);
/* out->column is NULL when there is none. */
MUST_CHECK bool choices_find(struct store *s, struct arena *a, struct str name,
			     struct definition_choice *out, struct err *e);
MUST_CHECK bool choices_find_id(struct store *s, struct arena *a, struct guid id,
				struct definition_choice *out, struct err *e);
/* Replaces one of the same name. Inside a transaction. */
MUST_CHECK bool choices_put(struct store *s, const struct definition_choice *choice, struct err *e);
MUST_CHECK bool choices_delete(struct store *s, struct str name, struct err *e);
/* The choices that the columns of a table name, where the file does not know them yet. */
MUST_CHECK bool choices_of_table(struct store *s, const struct table *t, struct err *e);

/* The first option value of the publisher of a solution; of the default one when it is not told. */
MUST_CHECK bool choices_first_value(struct store *s, struct str solution, int32_t *out,
				    struct err *e);

/* From OptionSetMetadata or BooleanOptionSetMetadata; the column is new on the arena. ERR_INPUT. */
MUST_CHECK bool choice_read(struct arena *a, const struct json *o, struct definition_choice *out,
			    struct err *e);

#endif
