/* SPDX-License-Identifier: MIT */
/*
 * One request that reads. A read that got no answer can be asked for again by whoever started the run: that is
 * the network's fault whatever became of it.
 */
#include "move/read_request.h"

#include "base/banned.h"

bool read_refused(const struct response *answer, struct err *e)
{
	(void)service_refused(answer, e);
	if (answer->status == 401 || answer->status == 403)
		e->kind = ERR_AUTH;
	else
		e->kind = answer->status == 400 ? ERR_INPUT : ERR_NETWORK;
	return false;
}

bool read_unreadable(struct err *e)
{
	if (e->kind == ERR_INPUT)
		e->kind = ERR_NETWORK;
	return false;
}

bool read_answered(const struct response *answer, struct err *e)
{
	if (answer->fate != FATE_ANSWERED) {
		bool told = answer->failure != NULL;

		if (told &&
		    (answer->failure->kind == ERR_AUTH || answer->failure->kind == ERR_CANCELLED)) {
			*e = *answer->failure;
			return false;
		}
		return err_set(e, ERR_NETWORK, "%s",
			       told ? answer->failure->msg : "the request got no answer");
	}
	return (answer->status >= 200 && answer->status < 300) || read_refused(answer, e);
}

void read_prefer(struct buf *out, struct str annotations)
{
	buf_add_fmt(out, "odata.include-annotations=\"%.*s\"", STR_ARG(annotations));
}

static bool call(struct reader *r, struct str annotations, struct request *request,
		 struct response *answer, struct err *e)
{
	DEFER(buf_release) struct buf prefer = buf_make(0);

	assert(!r->busy);
	read_prefer(&prefer, annotations);
	struct header headers[] = { { S("Accept"), S("application/json") },
				    { S("Prefer"), buf_str(&prefer) } };

	request->method = METHOD_GET;
	request->headers = headers;
	request->nheaders = annotations.n > 0 ? 2 : 1;
	r->run->reads++;
	return service_call(r->service, request, answer, e);
}

bool read_get(struct reader *r, struct str target, struct str annotations, struct sink *into,
	      void (*again)(void *context), void *context, struct err *e)
{
	struct request request = {
		.target = target, .into = into, .again = again, .again_context = context
	};
	struct response answer;

	return call(r, annotations, &request, &answer, e) && read_answered(&answer, e);
}

static void start_again(void *context)
{
	buf_clear(context);
}

bool read_get_text(struct reader *r, struct str target, struct str annotations, struct buf *out,
		   struct err *e)
{
	struct buf_sink sink = buf_sink_make(out);

	return read_get(r, target, annotations, &sink.sink, start_again, out, e);
}

bool read_try_text(struct reader *r, struct str target, struct str annotations, struct buf *out,
		   bool *told, struct err *e)
{
	struct buf_sink sink = buf_sink_make(out);
	struct request request = {
		.target = target, .into = &sink.sink, .again = start_again, .again_context = out
	};
	struct response answer;

	if (!call(r, annotations, &request, &answer, e))
		return false;
	if (answer.fate != FATE_ANSWERED)
		return read_answered(&answer, e);
	*told = answer.status >= 200 && answer.status < 300;
	return true;
}
