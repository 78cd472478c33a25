/* decoder/filter.h - the system calls that a confined process may make. */
#ifndef LW_DECODER_FILTER_H
#define LW_DECODER_FILTER_H

#include "base/base.h"

/* For this process from now on; LW_EUNSUP where the kernel takes no filter. Needs no_new_privs. */
int lw_filter_install(void);

#endif
