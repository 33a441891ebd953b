/* SPDX-License-Identifier: MIT */
/*
 * A table with every kind of column that the platform's own tables here lack: a file, images, a secured text, a
 * double, an alternate key, and lookups with each rule of deletion.
 */
#ifndef FERRY_TESTS_PAPERS_H
#define FERRY_TESTS_PAPERS_H

#include "io/db.h"

#define PAPER_COLUMN(name, type, more)                                                             \
	"{\"logicalName\":\"" name "\",\"schemaName\":\"" name "\",\"type\":\"" type               \
	"\",\"validForCreate\":true,\"validForUpdate\":true,\"validForRead\":true" more "}"
#define PAPER_LOOKUP(name, rule)                                                                   \
	"{\"schemaName\":\"paper_" name "\",\"referencingAttribute\":\"" name                      \
	"\",\"referencedEntity\":\"new_paper\",\"referencedAttribute\":\"new_paperid\","           \
	"\"navigationProperty\":\"" name "\",\"cascadeDelete\":\"" rule "\"}"
#define PAPER_TARGET ",\"targets\":[\"new_paper\"]"

static const char
	paper_definition[] =
		"{\"logicalName\":\"new_paper\",\"schemaName\":\"new_Paper\",\"entitySetName\":\"new_papers\","
		"\"primaryId\":\"new_paperid\",\"primaryName\":\"new_name\",\"objectTypeCode\":10900,"
		"\"ownership\":\"OrganizationOwned\",\"unmanaged\":true,\"attributes\":[" PAPER_COLUMN(
			"new_paperid", "UniqueidentifierType", "") "," PAPER_COLUMN("new_name",
										    "StringType", ",\"maxLength\":100") "," PAPER_COLUMN("new_code", "StringType", ",\"maxLength\":20") "," PAPER_COLUMN("new_amount", "DoubleType", ",\"precision\":10") "," PAPER_COLUMN("new_secret", "StringType", ",\"maxLength\":100,\"secured\":true") "," PAPER_COLUMN("new_number", "IntegerType", ",\"secured\":true") "," PAPER_COLUMN("ismanaged",
																																																				  "BooleanType",
																																																				  "") "," PAPER_COLUMN("new_file", "FileType", ",\"maxSizeInKB\":9216") "," PAPER_COLUMN("new_picture", "ImageType", ",\"isPrimaryImage\":true,\"canStoreFullImage\":true,\"maxSizeInKB\":1") "," PAPER_COLUMN("new_second",
																																																																													       "ImageType",
																																																																													       "") "," PAPER_COLUMN("new_ownerpaperid",
																																																																																    "LookupType",
																																																																																    PAPER_TARGET) "," PAPER_COLUMN("new_keeperid", "LookupType", PAPER_TARGET) "," PAPER_COLUMN("new_looseid", "LookupType", PAPER_TARGET) "," PAPER_COLUMN("new_danglingid",
																																																																																																			    "LookupType",
																																																																																																			    PAPER_TARGET) "," PAPER_COLUMN("versionnumber", "BigIntType", "") "],\"manyToOne\":[" PAPER_LOOKUP("new_ownerpaperid",
																																																																																																															       "Cascade") "," PAPER_LOOKUP("new_keeperid",
																																																																																																																			   "Restrict") "," PAPER_LOOKUP("new_looseid",
																																																																																																																							"RemoveLink") "," PAPER_LOOKUP("new_danglingid",
																																																																																																																										       "NoCascade") "],\"manyToMany\":[],\"keys\":[{\"name\":\"new_code\",\"columns\":[\"new_code\"]}]}";

static const char paper_sql[] =
	"create table new_paper(new_paperid TEXT NOT NULL PRIMARY KEY, new_name TEXT, new_code TEXT,"
	" new_amount REAL, new_secret TEXT, new_number INTEGER, ismanaged INTEGER, new_file TEXT,"
	" new_file_name TEXT, new_picture TEXT, new_pictureid TEXT, new_picture_timestamp INTEGER,"
	" new_picture_url TEXT, new_second TEXT, new_secondid TEXT, new_second_timestamp INTEGER,"
	" new_second_url TEXT, new_ownerpaperid TEXT, new_keeperid TEXT, new_looseid TEXT,"
	" new_danglingid TEXT, versionnumber INTEGER NOT NULL);"
	"insert into ferry_relationship(child, place, parent, collection) values"
	" ('new_paper', 0, 'new_paper', 'paper_new_ownerpaperid'),"
	" ('new_paper', 1, 'new_paper', 'paper_new_keeperid'),"
	" ('new_paper', 2, 'new_paper', 'paper_new_looseid'),"
	" ('new_paper', 3, 'new_paper', 'paper_new_danglingid');";

/* Into an organization's file, before its tables are asked for. */
static inline bool papers_add(struct db *db, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;

	if (!db_exec(db, paper_sql, e) ||
	    !db_prepare(db,
			S("insert into ferry_table(name, entity_set, definition) "
			  "values('new_paper', 'new_papers', ?1)"),
			&st, e))
		return false;
	stmt_bind_str(st, 1, str_from(paper_definition));
	return stmt_run(st, e);
}

#endif
