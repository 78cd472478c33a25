/* doc/country.h - states as MRZs and certificates name them. */
#ifndef LW_DOC_COUNTRY_H
#define LW_DOC_COUNTRY_H

#include "base/base.h"

/* "DE" for "D", "UT" for "UTO"; NULL for a code that is not known. */
const char *lw_country_two(const char *three);
/* Do the issuing state of a MRZ and the country of a certificate (upper case) mean the same? */
bool lw_country_same(const char *mrz_code, const char *certificate_code);

#endif
