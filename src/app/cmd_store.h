/* app/cmd_store.h - subcommands of `lanewise store` that have a file of their own. */
#ifndef LW_APP_CMD_STORE_H
#define LW_APP_CMD_STORE_H

int lw_cmd_store_records(int argc, char **argv); /* store export --records */

#endif
