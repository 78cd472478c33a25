/* app/cmd_doc.h - the subcommands of `lanewise doc` and what they share. */
#ifndef LW_APP_CMD_DOC_H
#define LW_APP_CMD_DOC_H

#include "app/opts.h"
#include "doc/trust.h"

/* As lw_cmd_*: argv[0] is the command; each returns an exit code. */
int lw_cmd_doc_mrz(int argc, char **argv);
int lw_cmd_doc_check(int argc, char **argv);
int lw_cmd_doc_trust(int argc, char **argv);
int lw_cmd_doc_vds(int argc, char **argv);
int lw_cmd_doc_manifest(int argc, char **argv);

/* --date YYYY-MM-DD; NULL: now. LW_EINVAL after one line on standard error. */
int lw_doc_date(const char *date, const char *command, int64_t *utc_us);

#endif
