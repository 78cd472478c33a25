/* tools/mkpassport/scheme.h - how keys sign; inside mkpassport only. */
#ifndef LW_TOOLS_MKPASSPORT_SCHEME_H
#define LW_TOOLS_MKPASSPORT_SCHEME_H

#include "passport.h"

const EVP_MD *mkp_md(enum lw_hash h);
bool mkp_is_rsa(const EVP_PKEY *key);
bool mkp_sign_init(EVP_MD_CTX *ctx, EVP_PKEY *key, const struct mkp_scheme *s);

#endif
