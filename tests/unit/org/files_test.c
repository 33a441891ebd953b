/* SPDX-License-Identifier: MIT */
/*
 * Files and images: whole, in chunks, in blocks (facts/webapi.md 2.7); the recycle bin over HTTP (3.4).
 */
#include "served.h"

#include "papers.h"

#define A "11111111-2222-4333-8444-555555555501"
#define PAPER "new_papers(" A ")"
#define FILE_URL PAPER "/new_file"
#define TARGET                                                                                     \
	"\"Target\":{\"new_paperid\":\"" A                                                         \
	"\",\"@odata.type\":\"Microsoft.Dynamics.CRM.new_paper\"}"
#define CHUNK ((size_t)4 * 1024 * 1024)

/* 1 x 1 pixel each */
#define GIF "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
#define PNG                                                                                        \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E" \
	"rkJggg=="

static int setup(void **state)
{
	DEFER(db_close) struct db *db = NULL;

	served_setup(state);

	struct served *s = *state;

	org_close(&s->org);
	served_must(s, db_open(&db, &s->arena, s->path, DB_WRITE, &s->e));
	served_must(s, papers_add(db, &s->e));
	db_close(&db);
	served_open(s, true);
	expect_status(
		s,
		ask(s, METHOD_POST, "new_papers", "{\"new_paperid\":\"" A "\",\"new_name\":\"p\"}"),
		204);
	return 0;
}

static int ask_bytes(struct served *s, enum method method, struct str target, struct str body)
{
	struct request r = { .method = method,
			     .target = target,
			     .headers = s->headers,
			     .nheaders = s->nheaders,
			     .body = body };

	served_must(s, service_call(org_service(s->org), &r, &s->answer, &s->e));
	s->nheaders = 0;
	return s->answer.status;
}

static int upload(struct served *s, const char *name, struct str bytes)
{
	with_header(s, "Content-Type", "application/octet-stream");
	with_header(s, "x-ms-file-name", name);
	return ask_bytes(s, METHOD_PATCH, S(FILE_URL), bytes);
}

static const char *property(struct served *s, const char *name)
{
	struct str url = str_fmt(&s->arena, PAPER "?$select=%s", name);

	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);

	const struct json *v = json_get(answer_json(s), str_from(name));

	assert_non_null(v);
	return v->kind == JSON_NULL ? "(null)" : str_cstr(&s->arena, v->text);
}

/* Bytes that differ everywhere, zero among them. */
static struct str noise(struct served *s, size_t n)
{
	struct rng rng = rng_from_seed(n);
	char *p = arena_alloc(&s->arena, n);

	rng_fill(&rng, p, n);
	p[0] = '\0';
	return str_of(p, n);
}

static void expect_body(struct served *s, struct str bytes)
{
	assert_true(str_eq(s->answer.body, bytes));
}

static void a_whole_file_comes_back_byte_for_byte(void **state)
{
	struct served *s = *state;
	struct str bytes = noise(s, 5000);

	expect_code(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 404, "0x80040217");
	expect_status(s, upload(s, "a b.PDF", bytes), 204);
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 200);
	expect_body(s, bytes);
	assert_string_equal(answer_header(s, "x-ms-file-size"), "5000");
	assert_string_equal(answer_header(s, "x-ms-file-name"), "a b.PDF");
	assert_string_equal(answer_header(s, "mimetype"), "application/pdf");
	assert_string_equal(property(s, "new_file_name"), "a b.PDF");
	assert_int_equal(strlen(property(s, "new_file")), 36);
	/* the next one takes its place */
	expect_status(s, upload(s, "b.txt", S("x")), 204);
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 200);
	expect_body(s, S("x"));
	assert_string_equal(answer_header(s, "mimetype"), "text/plain");
}

static void a_range_is_a_part(void **state)
{
	struct served *s = *state;
	struct str bytes = noise(s, CHUNK + 100);

	expect_status(s, upload(s, "a.bin", bytes), 204);
	with_header(s, "Range", "bytes=4194300-4194309");
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 206);
	expect_body(s, str_sub(bytes, 4194300, 10));
	assert_string_equal(answer_header(s, "x-ms-file-size"), "4194404");
	assert_string_equal(answer_header(s, "x-ms-chunk-size"), "4194304");
	with_header(s, "Range", "bytes=4194304-8388607");
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 206);
	expect_body(s, str_skip(bytes, CHUNK));
	with_header(s, "Range", "bytes=-3");
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 206);
	expect_body(s, str_skip(bytes, bytes.n - 3));
	with_header(s, "Range", "bytes=9999999-");
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 400);
	with_header(s, "Range", "lines=1-2");
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 400);
}

/* The target that Location names. */
static struct str begin_chunks(struct served *s)
{
	with_header(s, "x-ms-transfer-mode", "chunked");
	expect_status(s, ask(s, METHOD_PATCH, FILE_URL "?x-ms-file-name=%C3%BC%26.txt", NULL), 200);
	assert_string_equal(answer_header(s, "x-ms-chunk-size"), "4194304");
	assert_string_equal(answer_header(s, "Accept-Ranges"), "bytes");

	struct str url = str_from(answer_header(s, "Location"));

	assert_true(str_starts(url, S(ORG_ROOT FILE_URL "?sessiontoken=")));
	return str_skip(url, S(ORG_ROOT).n);
}

static int send_chunk(struct served *s, struct str url, const char *range, struct str bytes)
{
	with_header(s, "Content-Range", range);
	with_header(s, "x-ms-file-name", "other.pdf");
	return ask_bytes(s, METHOD_PATCH, url, bytes);
}

static void chunks_become_a_file_with_the_last(void **state)
{
	struct served *s = *state;
	struct str bytes = noise(s, CHUNK + 5);
	struct str url = begin_chunks(s);

	expect_status(s, send_chunk(s, url, "bytes 0-4194303/4194309", str_sub(bytes, 0, CHUNK)),
		      206);
	assert_string_equal(property(s, "new_file"), "(null)");
	/* neither again, nor further on, nor of another size */
	expect_status(s, send_chunk(s, url, "bytes 0-4194303/4194309", str_sub(bytes, 0, CHUNK)),
		      400);
	expect_status(s, send_chunk(s, url, "bytes 4194306-4194308/4194309", S("abc")), 400);
	expect_status(s, send_chunk(s, url, "bytes 4194304-4194308/4194309", S("abc")), 400);
	expect_status(s, send_chunk(s, url, "4194304-4194308", S("abcde")), 400);
	expect_status(s,
		      send_chunk(s, url, "bytes 4194304-4194308/4194309", str_skip(bytes, CHUNK)),
		      204);
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 200);
	expect_body(s, bytes);
	assert_string_equal(answer_header(s, "x-ms-file-name"), "\xc3\xbc&.txt");
	/* the session is over */
	expect_status(s, send_chunk(s, url, "bytes 0-0/1", S("a")), 400);
}

static void files_that_are_too_large_are_refused(void **state)
{
	struct served *s = *state;
	struct str url = begin_chunks(s);

	expect_code(s, upload(s, "a.bin", noise(s, 9 * 1024 * 1024 + 1)), 400, "0x80044a02");
	expect_code(s, send_chunk(s, url, "bytes 0-0/9437185", S("a")), 400, "0x80044a02");
	expect_code(s, send_chunk(s, url, "bytes 0-4194304/9000000", noise(s, CHUNK + 1)), 413,
		    "0x80044a02");
	assert_string_equal(property(s, "new_file"), "(null)");
}

static struct str text_of(struct served *s, const char *member)
{
	return json_text(answer_json(s), str_from(member));
}

static void block(struct served *s, struct str token, const char *id, const char *data)
{
	struct str body = str_fmt(&s->arena,
				  "{\"BlockId\":\"%s\",\"BlockData\":\"%s\","
				  "\"FileContinuationToken\":\"%.*s\"}",
				  id, data, STR_ARG(token));

	expect_status(s, ask(s, METHOD_POST, "UploadBlock", str_cstr(&s->arena, body)), 204);
}

static int commit(struct served *s, struct str token, const char *blocks)
{
	struct str body = str_fmt(&s->arena,
				  "{\"FileName\":\"c.txt\",\"MimeType\":\"text/special\","
				  "\"BlockList\":[%s],\"FileContinuationToken\":\"%.*s\"}",
				  blocks, STR_ARG(token));

	return ask(s, METHOD_POST, "CommitFileBlocksUpload", str_cstr(&s->arena, body));
}

static struct str initialize(struct served *s, const char *column)
{
	struct str body =
		str_fmt(&s->arena,
			"{" TARGET ",\"FileName\":\"b.txt\",\"FileAttributeName\":\"%s\"}", column);

	expect_status(s,
		      ask(s, METHOD_POST, "InitializeFileBlocksUpload", str_cstr(&s->arena, body)),
		      200);

	struct str token = str_dup(&s->arena, text_of(s, "FileContinuationToken"));

	assert_true(token.n > 0);
	return token;
}

static void blocks_are_put_together_in_the_order_of_the_list(void **state)
{
	struct served *s = *state;
	struct str token = initialize(s, "new_file");

	block(s, token, "Yg==", "d29ybGQ="); /* b: world */
	block(s, token, "YQ==", "eHg=");     /* a: xx, replaced */
	block(s, token, "YQ==", "aGVsbG8g"); /* a: hello */
	block(s, token, "Yw==", "dW51c2Vk"); /* c: unused */
	expect_status(s, commit(s, token, "\"YQ==\",\"eg==\""), 400);
	expect_status(s, commit(s, token, "\"YQ==\",\"Yg==\""), 200);

	struct str id = str_dup(&s->arena, text_of(s, "FileId"));

	assert_int_equal(json_int(answer_json(s), S("FileSizeInBytes"), 0), 11);
	assert_string_equal(property(s, "new_file"), str_cstr(&s->arena, id));
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 200);
	expect_body(s, S("hello world"));
	assert_string_equal(answer_header(s, "mimetype"), "text/special");
	assert_string_equal(answer_header(s, "x-ms-file-name"), "c.txt");

	struct str body = str_fmt(&s->arena, "{\"FileId\":\"%.*s\"}", STR_ARG(id));

	expect_status(s, ask(s, METHOD_POST, "DeleteFile", str_cstr(&s->arena, body)), 204);
	assert_string_equal(property(s, "new_file"), "(null)");
	assert_string_equal(property(s, "new_file_name"), "(null)");
}

static void a_file_is_downloaded_block_by_block(void **state)
{
	static const char ask_for[] = "{" TARGET ",\"FileAttributeName\":\"new_file\"}";
	struct served *s = *state;

	expect_code(s, ask(s, METHOD_POST, "InitializeFileBlocksDownload", ask_for), 404,
		    "0x80040217");
	expect_status(s, upload(s, "a.txt", S("hello world")), 204);
	expect_status(s, ask(s, METHOD_POST, "InitializeFileBlocksDownload", ask_for), 200);
	assert_int_equal(json_int(answer_json(s), S("FileSizeInBytes"), 0), 11);
	assert_true(str_eq(text_of(s, "FileName"), S("a.txt")));
	assert_true(json_flag(answer_json(s), S("IsChunkingSupported")));

	struct str body = str_fmt(&s->arena,
				  "{\"Offset\":6,\"BlockLength\":4194304,"
				  "\"FileContinuationToken\":\"%.*s\"}",
				  STR_ARG(text_of(s, "FileContinuationToken")));

	expect_status(s, ask(s, METHOD_POST, "DownloadBlock", str_cstr(&s->arena, body)), 200);
	assert_true(str_eq(text_of(s, "Data"), S("d29ybGQ=")));
}

static void a_file_is_deleted_by_its_column_and_not_told_of_in_rows(void **state)
{
	struct served *s = *state;

	expect_status(s, upload(s, "a.txt", S("x")), 204);
	expect_status(s, ask(s, METHOD_DELETE, FILE_URL, NULL), 204);
	assert_string_equal(property(s, "new_file"), "(null)");
	expect_code(s, ask(s, METHOD_PATCH, PAPER, "{\"new_file\":\"" A "\"}"), 400, "0x80040203");
	expect_status(s, ask(s, METHOD_PATCH, PAPER "/new_name", "x"), 405);
	expect_status(s, ask(s, METHOD_PATCH, PAPER "/nothing", "x"), 404);
	with_header(s, "x-ms-file-name", "a");
	expect_code(s,
		    ask(s, METHOD_PATCH,
			"new_papers(99999999-2222-4333-8444-555555555501)/new_file", "x"),
		    404, "0x80040217");
}

static void an_image_is_its_own_thumbnail(void **state)
{
	struct served *s = *state;
	DEFER(buf_release) struct buf gif = buf_make(0);

	assert_true(base64_decode(&gif, S(GIF)));
	expect_status(s, ask(s, METHOD_PATCH, PAPER, "{\"new_picture\":\"" GIF "\"}"), 204);
	assert_string_equal(property(s, "new_picture"), GIF);

	const char *id = property(s, "new_pictureid");
	const char *timestamp = property(s, "new_picture_timestamp");
	struct str url = str_fmt(&s->arena,
				 "/Image/download.aspx?Entity=new_paper&Attribute=new_picture&Id=%s"
				 "&Timestamp=%s",
				 id, timestamp);

	assert_string_equal(timestamp, "638712864000000000"); /* 2025-01-01 in .NET's ticks */
	assert_string_equal(property(s, "new_picture_url"), str_cstr(&s->arena, url));
	expect_status(s, ask(s, METHOD_GET, PAPER "/new_picture/$value", NULL), 200);
	expect_body(s, buf_str(&gif));
	expect_status(s, ask(s, METHOD_GET, PAPER "/new_picture/$value?size=full", NULL), 200);
	expect_body(s, buf_str(&gif));
	expect_status(s, ask(s, METHOD_DELETE, PAPER "/new_picture", NULL), 204);
	assert_string_equal(property(s, "new_picture_url"), "(null)");
	expect_status(s, ask(s, METHOD_GET, PAPER "/new_picture/$value?size=full", NULL), 204);
	expect_status(s, ask(s, METHOD_GET, PAPER "/new_picture/$value", NULL), 204);
	/* a column that keeps no full size has none */
	expect_status(s, ask(s, METHOD_PATCH, PAPER, "{\"new_second\":\"" PNG "\"}"), 204);
	expect_status(s, ask(s, METHOD_GET, PAPER "/new_second/$value?size=full", NULL), 204);
	expect_status(s, ask(s, METHOD_GET, PAPER "/new_second/$value", NULL), 200);
}

static void only_pictures_of_known_formats_are_images(void **state)
{
	struct served *s = *state;
	DEFER(buf_release) struct buf body = buf_make(0);

	expect_code(s, ask(s, METHOD_PATCH, PAPER, "{\"new_picture\":\"aGVsbG8=\"}"), 400,
		    "0x80072553");
	expect_status(s, ask(s, METHOD_PATCH, PAPER, "{\"new_picture\":\"***\"}"), 400);
	/* 1,024 bytes are allowed */
	buf_add(&body, S("{\"new_picture\":\"R0lGODlh"));
	for (size_t i = 0; i < 1024 / 3; i++)
		buf_add(&body, S("AAAA"));
	buf_add(&body, S("\"}"));
	expect_code(s, ask_bytes(s, METHOD_PATCH, S(PAPER), buf_str(&body)), 400, "0x80072553");
	expect_code(s, ask(s, METHOD_POST, "new_papers", "{\"new_second\":\"" GIF "\"}"), 400,
		    "0x80090487");
	expect_status(s, ask(s, METHOD_POST, "new_papers", "{\"new_picture\":\"" GIF "\"}"), 204);
	with_header(s, "x-ms-transfer-mode", "chunked");
	expect_code(s, ask(s, METHOD_PATCH, PAPER "/new_picture?x-ms-file-name=a.gif", NULL), 400,
		    "0x80090017");
}

static void an_image_can_be_uploaded_like_a_file(void **state)
{
	struct served *s = *state;
	DEFER(buf_release) struct buf gif = buf_make(0);
	struct str token = initialize(s, "new_picture");

	assert_true(base64_decode(&gif, S(GIF)));
	with_header(s, "x-ms-file-name", "a.gif");
	expect_status(s, ask_bytes(s, METHOD_PATCH, S(PAPER "/new_second"), buf_str(&gif)), 204);
	assert_string_equal(property(s, "new_second"), GIF);
	block(s, token, "YQ==", GIF);
	expect_status(s, commit(s, token, "\"YQ==\""), 200);
	assert_string_equal(property(s, "new_picture"), GIF);
}

static void a_deleted_row_is_read_and_restored(void **state)
{
	static const char query[] = "<fetch top='3' datasource='bin'><entity name='new_paper'>"
				    "<attribute name='new_name'/></entity></fetch>";
	struct served *s = *state;

	expect_status(s, upload(s, "a.txt", S("kept")), 204);
	expect_status(s, fetch(s, "new_papers", query), 200);
	assert_string_equal(joined(s, "new_name"), "");
	expect_status(s, ask(s, METHOD_DELETE, PAPER, NULL), 204);
	expect_status(s, fetch(s, "new_papers", query), 200);
	assert_string_equal(joined(s, "new_name"), "p");
	expect_status(
		s,
		ask(s, METHOD_POST, "Restore",
		    "{\"Target\":{\"@odata.id\":\"https://x.crm.dynamics.com/api/data/v9.2/" PAPER
		    "\"}}"),
		200);
	assert_true(str_eq(text_of(s, "id"), S(A)));
	assert_string_equal(property(s, "new_name"), "p");
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 200);
	expect_body(s, S("kept"));
	expect_status(s, ask(s, METHOD_DELETE, PAPER, NULL), 204);
	expect_status(s,
		      ask(s, METHOD_POST, "Restore",
			  "{\"Target\":{\"@odata.type\":\"Microsoft.Dynamics.CRM.new_paper\","
			  "\"new_paperid\":\"" A "\",\"new_name\":\"p (Restored)\"}}"),
		      200);
	assert_string_equal(property(s, "new_name"), "p (Restored)");
	expect_code(s,
		    ask(s, METHOD_POST, "Restore",
			"{\"Target\":{\"@odata.type\":\"Microsoft.Dynamics.CRM.new_paper\","
			"\"new_paperid\":\"" A "\"}}"),
		    404, "0x80040217");
}

static void a_namesake_has_no_files_of_the_deleted_row(void **state)
{
	struct served *s = *state;

	expect_status(s, upload(s, "a.txt", S("first")), 204);
	expect_status(s, ask(s, METHOD_DELETE, PAPER, NULL), 204);
	expect_status(s, ask(s, METHOD_POST, "new_papers", "{\"new_paperid\":\"" A "\"}"), 204);
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 404);
	expect_status(s, upload(s, "b.txt", S("second")), 204);
	expect_status(s, ask(s, METHOD_DELETE, PAPER, NULL), 204);
	expect_status(s,
		      ask(s, METHOD_POST, "Restore", "{\"Target\":{\"@odata.id\":\"" PAPER "\"}}"),
		      200);
	expect_status(s, ask(s, METHOD_GET, FILE_URL "/$value", NULL), 200);
	expect_body(s, S("first"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, served_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_file_comes_back_byte_for_byte),
		TEST(a_range_is_a_part),
		TEST(chunks_become_a_file_with_the_last),
		TEST(files_that_are_too_large_are_refused),
		TEST(blocks_are_put_together_in_the_order_of_the_list),
		TEST(a_file_is_downloaded_block_by_block),
		TEST(a_file_is_deleted_by_its_column_and_not_told_of_in_rows),
		TEST(an_image_is_its_own_thumbnail),
		TEST(only_pictures_of_known_formats_are_images),
		TEST(an_image_can_be_uploaded_like_a_file),
		TEST(a_deleted_row_is_read_and_restored),
		TEST(a_namesake_has_no_files_of_the_deleted_row),
	};

	return cmocka_run_group_tests_name("org/files", tests, NULL, NULL);
}
