#include "fake/pcscd.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card/pcsc.h"

enum { PORT = 35963 };
static const char pcscd[] = "/usr/sbin/pcscd";
static const char driver[] = "/etc/reader.conf.d/vpcd";
static const char run_dir[] = "/run/pcscd";

static struct {
    pid_t pcscd;
    int lock;
} service = {.lock = -1};

static bool loopback_up(void)
{
    struct ifreq r = {.ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    snprintf(r.ifr_name, sizeof(r.ifr_name), "lo");
    bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0;
    close(fd);
    return ok;
}

/* A network with nothing but a loopback, and a /run/pcscd that nobody else sees. */
static bool own_world(void)
{
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
        return false;
    mkdir(run_dir, 0755);
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", run_dir, "tmpfs", 0, "mode=755") == 0 && loopback_up();
}

static bool only_one(void)
{
    service.lock = open("/tmp/lanewise-pcscd.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (service.lock < 0 || flock(service.lock, LOCK_EX) < 0)
        return false;
    LW_AUTO_STRBUF names = LW_STRBUF_INIT;
    return lw_pcsc_list(&names, NULL) < 0; /* no service yet */
}

static pid_t start_pcscd(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0), dup2(null, 1), dup2(null, 2);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(pcscd, pcscd, "--foreground", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static bool reader_is_there(void)
{
    for (int i = 0; i < 100; i++) {
        LW_AUTO_STRBUF names = LW_STRBUF_INIT;
        if (lw_pcsc_list(&names, NULL) > 0 && strstr(lw_strbuf_peek(&names), "Virtual PCD"))
            return true;
        usleep(100000);
    }
    return false;
}

static void end_process(pid_t pid)
{
    if (pid > 0) {
        kill(pid, SIGTERM);
        waitpid(pid, NULL, 0);
    }
}

const char *fake_pcscd_start(void)
{
    if (access(pcscd, X_OK) < 0 || access(driver, R_OK) < 0)
        return "pcscd or vsmartcard-vpcd is not installed";
    if (!own_world() && !only_one())
        return "no namespace of its own, and pcscd runs already";
    service.pcscd = start_pcscd();
    return service.pcscd > 0 && reader_is_there() ? NULL : "pcscd does not start here";
}

void fake_pcscd_stop(void)
{
    end_process(service.pcscd);
    if (service.lock >= 0)
        close(service.lock);
}

pid_t fake_pcscd_insert(struct fake_card *card)
{
    fflush(stdout);
    pid_t holder = fork();
    if (holder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGTERM, SIG_DFL);
        _exit(fake_vpcd_run(card, PORT, -1) ? 0 : 1);
    }
    return holder;
}

void fake_pcscd_take_out(pid_t holder)
{
    end_process(holder);
    usleep(900000); /* pcscd looks for cards every 400 ms */
}
