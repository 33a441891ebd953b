/* SPDX-License-Identifier: MIT */
/*
 * What the platform does where its documentation does not tell, or sources disagree (facts/webapi.md: "[?]"):
 * each plausible answer, one of which an organization gives. The first of each list, which is the default,
 * makes an importer's life harder.
 */
#ifndef FERRY_ORG_VARIANTS_H
#define FERRY_ORG_VARIANTS_H

struct variants {
	/* A statecode in the body of a create, where the metadata does not allow it (2.1). */
	enum {
		NEW_STATE_IGNORED, /* a status of that state is then none of the row's */
		NEW_STATE_REFUSED,
		NEW_STATE_TAKEN
	} new_state;
	/* _x_value with a value in a body (1.6). */
	enum { LOOKUP_VALUE_REFUSED, LOOKUP_VALUE_IGNORED } lookup_value;
	/* systemusers(systemuserid=...): users and teams are principals, their key is ownerid (1.4). */
	enum { PRINCIPAL_KEY_OWNER, PRINCIPAL_KEY_ANY } principal_key;
	/* A key in a URL with one of / < > * % & : \ ? + in a text (1.5). */
	enum { KEY_CHARACTERS_REFUSED, KEY_CHARACTERS_TAKEN } key_characters;
	/* DELETE of a navigation property that is set, but points to a row of another of its tables. */
	enum { OTHER_TARGET_KEPT, OTHER_TARGET_CLEARED } other_target;
	/* Rows without a value in the negative operators of queries: ne, not-in ... (4.7). */
	enum { NEGATIONS_TAKE_NULL, NEGATIONS_DROP_NULL } negations;
	/*
	 * '' in eq, ne, in and not-in of a text: a text that was stored as null, or one that no row has;
	 * where a week begins; last-x and next-x: whole days and hours as S4C has them, or to the moment.
	 * Engines for tests have each of them (docs/engines.md).
	 */
	enum { EMPTY_TEXT_IS_NULL, EMPTY_TEXT_IS_NO_TEXT } empty_text;
	enum { WEEK_FROM_SUNDAY, WEEK_FROM_MONDAY } first_day;
	enum { WINDOW_OF_WHOLE_UNITS, WINDOW_TO_THE_MOMENT } window;
	/* A time without zone, compared with a column of the user's time: UTC (8.24), or as on his clock. */
	enum { BARE_TIME_IS_UTC, BARE_TIME_IS_LOCAL } bare_time;
	/* A secured column that the caller may not read: no value, or a masking rule's. */
	enum { SECURED_IS_NULL, SECURED_IS_MASKED } secured;
	/* The code of a refusal because of one row, which is out of reach (2.5). */
	enum { ROW_DENIED_ACCESS, ROW_DENIED_PRIVILEGE } row_denied;
	/* A row assigned, by anybody, to a user or team that may read no row of the table. */
	enum { NEW_OWNER_HAS_TO_READ, NEW_OWNER_IS_ANYBODY } new_owner;
	/* What the number of a fiscal year is, in in-fiscal-year and its like (4.7). */
	enum { FISCAL_YEAR_OF_START, FISCAL_YEAR_OF_END } fiscal_year;
	/* Rules of calendars in links of FetchXML and as calendars(id)/calendar_calendar_rules (6.2, 6.3). */
	enum { RULES_BY_EXPAND_ALONE, RULES_BY_LINKS_TOO } rule_reads;
	/* The same rows nested in the body of a new calendar (6.4). */
	enum { NESTED_RULES_REFUSED, NESTED_RULES_TAKEN } nested_rules;
	/* msdyn_SaveCalendar with the calendar of a msdyn_operatinghour (6.9). */
	enum { OPERATING_HOURS_REFUSED, OPERATING_HOURS_TAKEN } operating_hours;
	/* One day with the InnerCalendarId of a recurrence, without IsEdit: seen live, and as documented. */
	enum { ONE_DAY_REPLACES_ALL, ONE_DAY_STANDS_BESIDE } one_day;
	/* msdyn_DeleteCalendar with IsVaried: seen live, and as documented. */
	enum { VARIED_DELETE_PART, VARIED_DELETE_ALL } varied_delete;
};

#endif
