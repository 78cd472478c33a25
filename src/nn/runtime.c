#include "nn/runtime.h"

#include <pthread.h>
#include <stdlib.h>

static struct {
    pthread_mutex_t lock;
    OrtEnv *env;
    unsigned users;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

const OrtApi *lw_ort(void)
{
    return OrtGetApiBase()->GetApi(ORT_API_VERSION);
}

int lw_ort_check(OrtStatus *status, const char *doing, struct lw_why *why)
{
    if (!status)
        return LW_OK;
    int r = lw_why_set(why, LW_EFORMAT, -1, "%s: %s", doing, lw_ort()->GetErrorMessage(status));
    lw_ort()->ReleaseStatus(status);
    return r;
}

/* The runtime's published builds carry telemetry: creating an environment starts a thread, reads
 * the machine id and the command line, keeps a database below ~/.cache/Microsoft and sends it to
 * its maker. Nothing of that may happen where travellers are verified. It is off before the
 * environment is made, or not at all; the call after it covers builds that do not know the
 * variable. */
static int create_env(OrtEnv **env, struct lw_why *why)
{
    if (setenv("ORT_DISABLE_TELEMETRY", "1", 1) != 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_ort_check(lw_ort()->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "lanewise", env),
                         "starting ONNX Runtime", why);
    if (r < 0)
        return r;
    if ((r = lw_ort_check(lw_ort()->DisableTelemetryEvents(*env), "telemetry", why)) < 0) {
        lw_ort()->ReleaseEnv(*env);
        *env = NULL;
    }
    return r;
}

int lw_ort_acquire(OrtEnv **env, struct lw_why *why)
{
    if (!lw_ort())
        return lw_why_set(why, LW_EUNSUP, -1,
                          "ONNX Runtime %s is older than this program needs (API %d)",
                          OrtGetApiBase()->GetVersionString(), ORT_API_VERSION);
    int r = LW_OK;
    pthread_mutex_lock(&shared.lock);
    if (!shared.env)
        r = create_env(&shared.env, why);
    if (r == LW_OK) {
        shared.users++;
        *env = shared.env;
    }
    pthread_mutex_unlock(&shared.lock);
    return r;
}

void lw_ort_release(void)
{
    pthread_mutex_lock(&shared.lock);
    if (--shared.users == 0) {
        lw_ort()->ReleaseEnv(shared.env);
        shared.env = NULL;
    }
    pthread_mutex_unlock(&shared.lock);
}
