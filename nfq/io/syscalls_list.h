/* SPDX-License-Identifier: GPL-2.0-or-later
 * syscalls_list.h - the program for the kernel that lets in what a stage's list names; private to syscalls.c
 */
#ifndef NFQROUTE_SYSCALLS_LIST_H
#define NFQROUTE_SYSCALLS_LIST_H

#include <stdbool.h>

#include "syscalls.h"

/* Writes it to fd, as struct sock_filter[]; root: the daemon stays root. 0, or an errno value. Without memory libseccomp
 * (2.5.4, seccomp_export_bpf()) may crash in here, or never return. */
int syscalls_export(enum syscalls_stage stage, bool root, int fd);

#endif
