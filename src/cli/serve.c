/* SPDX-License-Identifier: MIT */
/*
 * ferry serve: a local organization over HTTP.
 */
#include "cli/commands.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "server/identity.h"
#include "server/replay.h"
#include "server/server.h"
#include "cli/cancel.h"
#include "cli/reality.h"

#include "base/banned.h"

#define PORT 8080
#define PORT_MAX 65535

struct serve_values {
	struct common common;
	const char *file;
	const char *replay;
	struct opt_number port;
	const char *bind;
	struct opt_list hosts;
	const char *token;
	const char *token_file;
	const char *identity;
	bool auto_approve;
	const char *tls_cert;
	const char *tls_key;
	const char *access_log;
	struct reality_values reality;
};

/* Lines as they come. */
struct log_sink {
	struct sink sink;
	FILE *file; /* NULL: none */
};

static bool log_write(struct sink *sink, struct str bytes, struct err *e)
{
	struct log_sink *log = CONTAINER_OF(sink, struct log_sink, sink);

	if (fwrite(bytes.p, 1, bytes.n, log->file) == bytes.n && fflush(log->file) == 0)
		return true;
	return err_set(e, ERR_INTERNAL, "writing the access log: %s", strerror(errno));
}

static void log_close(struct log_sink *log)
{
	if (log->file && log->file != stdout)
		fclose(log->file);
	log->file = NULL;
}

static bool log_open(struct log_sink *log, const char *path, struct err *e)
{
	if (!path)
		return true;
	log->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "ae");
	return log->file || err_set(e, ERR_USAGE, "--access-log %s: %s", path, strerror(errno));
}

static bool read_token(struct program *p, const char *path, struct str *out, struct err *e)
{
	struct str text;

	if (!file_read(p->arena, path, LIMIT_TOKEN, &text, e))
		return err_wrap(e, "--token-file");
	*out = str_trim(text);
	return out->n > 0 || err_set(e, ERR_USAGE, "--token-file %s is empty", path);
}

/* The option, the file, the variable; no token is none. */
static bool choose_token(struct program *p, const struct serve_values *v, struct str *out,
			 struct err *e)
{
	/* FERRY_TOKEN is what commands send to a server, and no option of this one */
	const char *token = v->token == p->environment("FERRY_TOKEN") ? NULL : v->token;

	if (token && v->token_file)
		return err_set(e, ERR_USAGE, "--token and --token-file exclude each other");
	if (v->token_file)
		return read_token(p, v->token_file, out, e);
	*out = str_trim(str_from(token ? token : p->environment("FERRY_SERVE_TOKEN")));
	return true;
}

/* What an organization is given, and a recording has already. */
static bool check_replay(const struct serve_values *v, struct err *e)
{
	const struct {
		const char *name;
		bool given;
	} others[] = {
		{ "FILE", v->file != NULL },
		{ "--identity", v->identity != NULL },
		{ "--auto-approve", v->auto_approve },
		{ "--tls-cert", v->tls_cert != NULL || v->tls_key != NULL },
		{ "--access-log", v->access_log != NULL },
		{ "--latency", v->reality.latency != NULL },
		{ "--limits", v->reality.limits != NULL },
		{ "--fault", v->reality.faults.n > 0 },
	};

	for (size_t i = 0; i < COUNT_OF(others); i++) {
		if (others[i].given)
			return err_set(e, ERR_USAGE,
				       "--replay %s: it answers as it was recorded; %s has no "
				       "meaning for it",
				       v->replay, others[i].name);
	}
	return true;
}

static bool check_values(const struct serve_values *v, struct err *e)
{
	if (v->replay && !check_replay(v, e))
		return false;
	if (!v->replay && !v->file)
		return err_set(e, ERR_USAGE,
			       "an organization's FILE is missing, or --replay with a recording");
	if (v->port.given && v->port.value > PORT_MAX)
		return err_set(e, ERR_USAGE, "--port %llu: a port is a number up to %d",
			       (unsigned long long)v->port.value, PORT_MAX);
	if (!v->file)
		return true;
	if (str_starts(str_from(v->file), S("local:")))
		return err_set(e, ERR_USAGE, "%s: give the file alone, without local:", v->file);
	return true;
}

static bool serve_until_asked(struct program *p, const struct server_options *options,
			      struct err *e)
{
	struct server *server = NULL;

	cancel_block();
	if (!server_start(&server, p->arena, options, e)) {
		cancel_unblock();
		return false;
	}
	fprintf(p->ui->out, "%.*s\n", STR_ARG(server_url(server)));
	fflush(p->ui->out);
	ui_detail(p->ui, "serving %s; the Web API is at %.*s/api/data/v9.2/", options->file,
		  STR_ARG(server_url(server)));
	cancel_wait();
	ui_detail(p->ui, "stopping");
	return server_stop(&server, e);
}

static bool replay_until_asked(struct program *p, const struct replay_options *options,
			       struct err *e)
{
	struct replay_counts counts = { 0 };
	struct replay *replay = NULL;

	cancel_block();
	if (!replay_start(&replay, p->arena, options, e)) {
		cancel_unblock();
		return false;
	}
	fprintf(p->ui->out, "%.*s\n", STR_ARG(replay_url(replay)));
	fflush(p->ui->out);
	if (replay_cut(replay) > 0)
		ui_note(p->ui,
			"warning: line %u of %s is not whole: the command that wrote it was ended; what stands "
			"before it is answered",
			replay_cut(replay), options->recording);
	ui_detail(p->ui, "answering from %s", options->recording);
	cancel_wait();
	replay_stop(&replay, &counts);
	ui_detail(p->ui,
		  "%zu requests were answered from %zu recorded ones; %zu were not among them",
		  counts.answered, counts.exchanges, counts.unknown);
	return true;
}

static bool serve_recording(struct program *p, const struct serve_values *v, struct str token,
			    struct err *e)
{
	struct replay_options options = {
		.recording = v->replay,
		.address = v->bind ? v->bind : "127.0.0.1",
		.port = (uint16_t)(v->port.given ? v->port.value : PORT),
		.hosts = v->hosts.items,
		.nhosts = v->hosts.n,
		.token = token,
	};

	return replay_until_asked(p, &options, e);
}

static bool serve_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct serve_values *v = values;
	DEFER(log_close) struct log_sink log = { .sink = { log_write } };
	struct server_options options = {
		.file = v->file,
		.address = v->bind ? v->bind : "127.0.0.1",
		.port = (uint16_t)(v->port.given ? v->port.value : PORT),
		.hosts = v->hosts.items,
		.nhosts = v->hosts.n,
		.identity = v->identity,
		.auto_approve = v->auto_approve,
		.tls_certificate = v->tls_cert,
		.tls_key = v->tls_key,
		.reality = reality_options(&v->reality),
		.seeded = v->reality.seed.given,
	};

	*status = 0;
	if (!check_values(v, e) || !choose_token(p, v, &options.token, e))
		return false;
	if (v->replay)
		return serve_recording(p, v, options.token, e);
	if (!log_open(&log, v->access_log, e))
		return false;
	options.access_log = log.file ? &log.sink : NULL;
	return serve_until_asked(p, &options, e);
}

static const struct operand operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .optional = true,
	  .offset = offsetof(struct serve_values, file),
	  .help = "the organization; made by \"ferry org create\"" },
};

static const struct opt opts[] = {
	{ .name = "replay",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct serve_values, replay),
	  .argument = "RECORDING",
	  .help = "no organization, but the answers that --record wrote down" },
	{ .name = "port",
	  .kind = OPT_NUMBER,
	  .offset = offsetof(struct serve_values, port),
	  .argument = "N",
	  .help = "8080 unless told; 0 takes any that is free, the address is printed" },
	{ .name = "bind",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct serve_values, bind),
	  .argument = "ADDRESS",
	  .help = "127.0.0.1 unless told; what others can reach needs a token" },
	{ .name = "host",
	  .kind = OPT_LIST,
	  .offset = offsetof(struct serve_values, hosts),
	  .argument = "NAME[:PORT]",
	  .help = "a name by which it may be called, too; any other Host is refused" },
	{ .name = "token",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct serve_values, token),
	  .argument = "T",
	  .help = "what clients have to send as bearer token; others of this machine can see it "
		  "here, so only for one that is thrown away: else --token-file, or the variable "
		  "FERRY_SERVE_TOKEN" },
	{ .name = "token-file",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct serve_values, token_file),
	  .argument = "FILE",
	  .help = "the token, in a file" },
	{ .name = "identity",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct serve_values, identity),
	  .argument = "FILE",
	  .help = "who may sign in, as JSON; everybody needs a token then" },
	{ .name = "auto-approve",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct serve_values, auto_approve),
	  .help = "for tests: nobody is asked who he is; a sign-in is that of the first user, or of "
		  "the one whom login_hint names" },
	{ .name = "tls-cert",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct serve_values, tls_cert),
	  .argument = "FILE",
	  .help = "serve https with this certificate (PEM)" },
	{ .name = "tls-key",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct serve_values, tls_key),
	  .argument = "FILE",
	  .help = "its private key (PEM)" },
	{ .name = "access-log",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct serve_values, access_log),
	  .argument = "FILE|-",
	  .help = "a line for each request is added to the file, or printed" },
	{ .name = "latency",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct serve_values, reality.latency),
	  .argument = "rtt=T,row=T",
	  .help = "how long the way takes, and each row that is read or written: "
		  "rtt=150ms,row=20ms" },
	{ .name = "limits",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct serve_values, reality.limits),
	  .argument = "LIMITS",
	  .help = "service-protection: 6000 requests and 1200 s of work in 300 s, 52 at once, for "
		  "each user; others as requests=100/10s,time=60s/5min,concurrent=4,dop=4" },
	{ .name = "fault",
	  .kind = OPT_LIST,
	  .offset = offsetof(struct serve_values, reality.faults),
	  .argument = "FAULT",
	  .help = "an accident, as \"POST queues 3: 503\"; several are possible" },
	{ .name = "seed",
	  .kind = OPT_NUMBER,
	  .offset = offsetof(struct serve_values, reality.seed),
	  .argument = "N",
	  .help = "the same accidents for the same number" },
};

static const struct example examples[] = {
	{ "ferry serve a.db", "as a Web API on http://127.0.0.1:8080/api/data/v9.2/" },
	{ "ferry serve a.db --identity who.json --tls-cert a.crt --tls-key a.key",
	  "over https, to those who sign in" },
	{ "ferry serve a.db --latency rtt=150ms,row=20ms --limits service-protection",
	  "as slow and as strict as a real one" },
	{ "ferry serve --replay nightly.jsonl --port 0",
	  "as the environment of a recorded conversation" },
	{ "ferry serve a.db --fault 'PATCH * 10%: lost' --seed 7",
	  "with accidents, the same ones each time" },
};

const struct command command_serve = {
	.name = "serve",
	.summary = "serve a local organization as a Web API",
	.text = "Serves a local organization over HTTP, as a Dataverse Web API, until it is ended by "
		"SIGINT or SIGTERM. The address is printed when it listens. Several clients can work at "
		"once; what was answered with success is in the file. Without a token every request is the "
		"administrator's.\n\n"
		"Beside the Web API stands a sign-in that answers as Entra does, at "
		"/TENANT/oauth2/v2.0/token, .../devicecode (whose page is /devicelogin), .../authorize, "
		".../revoke, the same without v2.0, /TENANT/v2.0/.well-known/openid-configuration, "
		"/TENANT/discovery/v2.0/keys; at /metadata/identity/oauth2/token and /msi/token as a managed "
		"identity's; at /federation/github and /federation/azure-pipelines as those issuers'. TENANT is "
		"the organization's id, or common. Without --identity there is one public client, " IDENTITY_SAMPLE_CLIENT
		", with redirects to http://localhost and " IDENTITY_SAMPLE_REDIRECT
		", which signs in the administrator; with --token alone there is "
		"no sign-in.\n\n"
		"The identity FILE is an object with: tenant, tenantNames; applications: clientId, public, "
		"secret or secretFile, secretExpires, certificates (PEM files), redirectUris, disabled, user, "
		"federated: issuer (or github, azure-pipelines: this server), subject, audience, key; users: "
		"username, password or passwordFile, disabled, user; managedIdentities: clientId, objectId, "
		"resourceId, systemAssigned, user; identityHeader; federation: github: requestToken, subject; "
		"azurePipelines: accessToken, serviceConnections: id, subject; and in seconds tokenLifetime, "
		"refreshTokenLifetime, codeLifetime, deviceCodeLifetime, deviceCodeInterval, clockSkew. A user "
		"is a domain name, a systemuserid, an application id, or administrator; without it the user "
		"with that application id or name. Who is none in the organization gets 403 there.\n\n"
		"A fault is METHOD TARGET [WHICH]: EFFECT. METHOD is GET, POST, PATCH, PUT, DELETE, "
		"several with | between them, or *. TARGET is what stands below /api/data/v9.2/: queues "
		"means queues, queues(...) and queues?...; with * in it the whole target is compared, and * "
		"stands for anything; with a / at its beginning it means the paths of the sign-in, too, as in \"POST /*/token "
		"1: 429\". WHICH of the requests that fit: 3, 3-5, 3-, every 4, or 10%; else all. "
		"EFFECT is a status like 503 or \"429 retry-after=5\"; cut, cut-after-headers or "
		"cut-mid-body (the connection); lost (done, but the answer does not arrive); duplicate (done "
		"twice); slow=20k (bytes a second); truncate (half of the JSON); html (a page of a proxy); "
		"expire-token (401, once).\n\n"
		"With --replay a conversation that another command wrote down with --record is answered from, without an "
		"organization: the same request gets the same answer, in the order of the recording; one that was "
		"not recorded gets 404, which names the nearest. Secrets and credentials are not in a recording, and are "
		"not asked for.\n\n"
		"The variables FERRY_LATENCY, FERRY_LIMITS and FERRY_FAULT (several faults with ; between "
		"them) have the same effect in other commands on local:FILE.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct serve_values),
	.run = serve_run,
};
