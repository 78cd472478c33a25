/* tests/fake/pcscd.h - pcscd with its virtual reader (vpcd), in a network and mount namespace of
 * its own where that is allowed; else it needs that no other pcscd runs. */
#ifndef LW_TESTS_FAKE_PCSCD_H
#define LW_TESTS_FAKE_PCSCD_H

#include <sys/types.h>

#include "fake/card.h"

/* NULL, or why it does not run here. */
const char *fake_pcscd_start(void);
void fake_pcscd_stop(void);

/* A process that holds the card into the reader; -1: none. */
pid_t fake_pcscd_insert(struct fake_card *card);
/* Take it out again, and wait until the service has noticed. */
void fake_pcscd_take_out(pid_t holder);

#endif
