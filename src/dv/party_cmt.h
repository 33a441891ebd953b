/* SPDX-License-Identifier: MIT */
/*
 * A party list in data.xml (facts/cmt-format.md 3.6): inside its <field> one <activitypointerrecords> per party.
 */
#ifndef FERRY_DV_PARTY_CMT_H
#define FERRY_DV_PARTY_CMT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "io/xml.h"
#include "dv/event.h"
#include "dv/party.h"

/* The columns of activityparty, besides the party itself, that such an element has, in its order; PARTY_CMT_COLUMNS of them. */
#define PARTY_CMT_COLUMNS 9
extern const struct str party_cmt_columns[PARTY_CMT_COLUMNS];

/* The elements; `list` in the stored form of dv/party.h, of the activity `id` and a column with that mask. */
MUST_CHECK bool party_cmt_write(struct xml_writer *x, struct str id, int32_t mask, struct str list,
				struct err *e);
/* And back: who it is. The ids of the party's own row are new in every environment. Slices of `p`. */
struct party party_cmt_read(const struct package_party *p);

#endif
