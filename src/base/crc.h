/* base/crc.h - CRC-32 of ISO/IEC 8802-3, as PKZIP and PNG use it. Finds accidents, no forgeries. */
#ifndef LW_BASE_CRC_H
#define LW_BASE_CRC_H

#include "base/base.h"

/* Of bytes that follow those with this value so far; begin with 0. */
uint32_t lw_crc32(uint32_t so_far, struct lw_span bytes);

#endif
