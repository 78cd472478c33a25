#include "app/interrupt.h"

#include <signal.h>
#include <stdatomic.h>

static volatile atomic_bool interrupted;

static void on_signal(int sig)
{
    LW_UNUSED(sig);
    interrupted = true;
}

void lw_interrupt_catch(void)
{
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

bool lw_interrupted(void)
{
    return interrupted;
}
