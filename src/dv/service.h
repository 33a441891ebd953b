/* SPDX-License-Identifier: MIT */
/*
 * What a Dataverse Web API is to the engine: requests go in with a tag, answers come back with it.
 * The local organization answers in process, at submit; a real one over HTTP, in any order.
 */
#ifndef FERRY_DV_SERVICE_H
#define FERRY_DV_SERVICE_H

#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

enum method { METHOD_GET, METHOD_POST, METHOD_PATCH, METHOD_PUT, METHOD_DELETE };
struct str method_name(enum method m); /* "GET" ... */
MUST_CHECK bool method_parse(struct str name, enum method *out);

struct header {
	struct str name; /* compares ignoring ASCII case */
	struct str value;
};
/* The first value of that name; NULL when there is none. */
const struct str *header_find(const struct header *headers, size_t n, struct str name);

struct request {
	enum method method;
	struct str target; /* below the service root, encoded: queues?fetchXml=%3Cfetch... */
	const struct header *headers;
	size_t nheaders;
	struct str body;
	/* The body of a 2xx answer goes here as it arrives; NULL: into response.body. */
	struct sink *into;
	/*
	 * Called when a body that had begun to arrive broke off and comes again from its start; NULL: then it
	 * is not asked for again.
	 */
	void (*again)(void *context);
	void *again_context;
	bool repeatable; /* no GET, but as harmless: a $batch that only reads */
};

/* What became of a request that has no answer. */
enum fate {
	FATE_ANSWERED,
	FATE_NOT_DONE, /* it did not reach the service, however often it was sent */
	FATE_UNKNOWN,  /* it may have been acted on: look before it is sent again */
};

struct response {
	int status;
	const struct header *headers;
	size_t nheaders;
	struct str body; /* of an error, or of any answer when `into` was NULL */
	enum fate fate;
	const struct err
		*failure; /* of a fate that is not ANSWERED, whose status is 0: why, for people */
	unsigned ms; /* from its start to its end, waits for the service's limits not counted */
};

struct service {
	/*
	 * Takes the request; its slices and sink must live until its answer was given. False: nothing was
	 * sent. An HTTP error status is an answer, not a failure. Where width is more than 1 it may also be
	 * called from a sink that is being written to.
	 */
	bool (*submit)(struct service *s, const struct request *r, uint64_t tag, struct err *e);
	/*
	 * Waits for the next answer; what it holds lives until the next call. False: there is nothing more to be
	 * had from this service (ERR_NETWORK, ERR_AUTH), ERR_CANCELLED, or the error of a sink; *tag says whose.
	 */
	bool (*next)(struct service *s, uint64_t *tag, struct response *out, struct err *e);
	unsigned width; /* requests that should be in flight; it may change at each call of next */
	const char *label; /* for people: local:a.db, https://contoso.crm.dynamics.com */
};

/*
 * submit and next for one request alone; nothing else may be in flight. A fate that is not ANSWERED is its failure,
 * too.
 */
MUST_CHECK bool service_call(struct service *s, const struct request *r, struct response *out,
			     struct err *e);

/*
 * What an answer with the status of an error says, with the request id by which the platform's support finds it. Fills *e,
 * returns false always.
 */
bool service_refused(const struct response *r, struct err *e);

#endif
