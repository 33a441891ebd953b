/* SPDX-License-Identifier: MIT */
/*
 * The messages that upload and download files and images block by block (facts/webapi.md 2.7).
 */
#ifndef FERRY_ORG_FILE_MESSAGES_H
#define FERRY_ORG_FILE_MESSAGES_H

#include "org/call.h"

/* {Target, FileAttributeName, FileName} -> FileContinuationToken */
MUST_CHECK bool file_upload_initialize(struct call *c, struct err *e);
/* {BlockId, BlockData, FileContinuationToken} -> 204 */
MUST_CHECK bool file_upload_block(struct call *c, struct err *e);
/* {FileName, MimeType, BlockList, FileContinuationToken} -> FileId, FileSizeInBytes */
MUST_CHECK bool file_upload_commit(struct call *c, struct err *e);
/* {Target, FileAttributeName} -> FileSizeInBytes, FileName, FileContinuationToken, IsChunkingSupported */
MUST_CHECK bool file_download_initialize(struct call *c, struct err *e);
/* {Offset, BlockLength, FileContinuationToken} -> Data */
MUST_CHECK bool file_download_block(struct call *c, struct err *e);
/* {FileId} -> 204 */
MUST_CHECK bool file_delete_message(struct call *c, struct err *e);

#endif
