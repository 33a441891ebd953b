/* SPDX-License-Identifier: MIT */
/*
 * The one gate for text that becomes part of an HTTP request: a method, a URL, names and values of headers.
 * Nothing that passes it can end a line, begin a second request, or carry a credential to a message.
 */
#ifndef FERRY_IO_HTTP_CHECK_H
#define FERRY_IO_HTTP_CHECK_H

#include "io/http.h"

bool http_is_header_value(struct str s);

/* As http.h says; ERR_INPUT. *host: of the URL, with its port. */
MUST_CHECK bool http_check_request(const struct http_request *r, struct str *host, struct err *e);

#endif
