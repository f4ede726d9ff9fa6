#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every fuzz target over what the project's own vectors make of it, and over changed inputs: FUZZ_RUNS, or 20000 with sanitizers and
# a twentieth without, as a fault would hardly show there. What learns as it goes is `make fuzz`.

# shellcheck disable=SC2154 # bats sets status and output

setup_file() {
    export DRIVERS RUNS=${FUZZ_RUNS:-1000} SEEDS=$BATS_FILE_TMPDIR/seeds
    DRIVERS=$(dirname "$NFQROUTE")/tests/fuzz
    ! grep -q __asan_init "$NFQROUTE" || RUNS=${FUZZ_RUNS:-20000}
    # of what an input frees all is watched; 256 megabytes of what earlier ones freed only cost new pages
    export ASAN_OPTIONS=quarantine_size_mb=4
    "$BATS_TEST_DIRNAME/seeds" "$SEEDS"
}

# driven TARGET
driven() {
    local kept=$BATS_TEST_DIRNAME/kept/fuzz_$1 directories=("$SEEDS/fuzz_$1")
    [ ! -d "$kept" ] || directories+=("$kept")
    run "$DRIVERS/fuzz_$1.driven" "$RUNS" "${directories[@]}"
    echo "$output"
    [ "$status" = 0 ]
    [[ $output = *" runs" ]]
}

@test "every target is here" {
    for target in "$BATS_TEST_DIRNAME"/fuzz_*.c; do
        name=${target##*/fuzz_}
        grep -Eq "^    driven ${name%.c}\$" "$BATS_TEST_FILENAME"
    done
}

@test "a classifier" {
    driven classifier
}

@test "the control protocol" {
    driven control
}

@test "DNS" {
    driven dns
}

@test "the engine" {
    driven engine
}

@test "the file of what is learned" {
    driven learned
}

@test "netlink's attributes" {
    driven netlink
}

@test "the packet parser" {
    driven packet
}

@test "QUIC's packets" {
    driven quic
}

@test "the reader" {
    driven reader
}

@test "explain" {
    driven replay
}

@test "the rules' language" {
    driven rules
}
