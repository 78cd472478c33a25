/* crypt/warm.h - for a process that will soon be able to open nothing. */
#ifndef LW_CRYPT_WARM_H
#define LW_CRYPT_WARM_H

#include "base/base.h"

/* Have OpenSSL read its configuration, load its providers and look up what signatures need: it
 * would do so at the first use of each. LW_ECRYPTO. */
int lw_crypt_warm_up(void);

#endif
