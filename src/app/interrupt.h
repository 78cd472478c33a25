/* app/interrupt.h - Ctrl-C and SIGTERM ask for an orderly end; a second one ends at once. */
#ifndef LW_APP_INTERRUPT_H
#define LW_APP_INTERRUPT_H

#include "base/base.h"

void lw_interrupt_catch(void); /* from now on */
bool lw_interrupted(void);     /* was one asked for? From any thread */

#endif
