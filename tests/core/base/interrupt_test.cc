// SPDX-License-Identifier: Apache-2.0
#include "base/interrupt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "support/temp_dir.h"

namespace seben::base {
namespace {

TEST(Interrupt, IsNotedAndThrown) {
  clear_interrupt();
  EXPECT_NO_THROW(throw_if_interrupted());
  request_interrupt(SIGINT);
  EXPECT_TRUE(interrupt_requested());
  try {
    throw_if_interrupted();
    FAIL();
  } catch (const Interrupted& interrupted) {
    EXPECT_EQ(interrupted.signal(), SIGINT);
  }
  clear_interrupt();
}

// The rest in processes of their own, since handlers stay.
TEST(InterruptDeathTest, EndsAProcessThatHasNothingToTidyUp) {
  for (const int ending : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(
        {
          install_interrupt_handlers();
          raise(ending);
          _exit(0);
        },
        testing::KilledBySignal(ending), "^seben: interrupted by signal " + std::to_string(ending) + "\n$");
  }
}

TEST(InterruptDeathTest, LetsWhatIsHalfWrittenBeTidiedUpFirst) {
  const test::TempDir dir;
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        const AtomicFile file(dir / "half");
        raise(SIGTERM);
        raise(SIGTERM);  // timeout(1) sends it to the process and to its group
        if (interrupt_signal() == SIGTERM) fputs("noted, ", stderr);
        try {
          throw_if_interrupted();
        } catch (const Interrupted&) {
          const MustTidyUp also;  // ends nothing as long as the file is there
        }
      },
      testing::KilledBySignal(SIGTERM), "^noted, seben: interrupted by signal 15\n$");
  EXPECT_TRUE(std::filesystem::is_empty(dir.str()));
}

TEST(InterruptDeathTest, WhatIsCompleteStays) {
  const test::TempDir dir;
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        {
          AtomicFile file(dir / "whole");
          file.write(std::string_view("all of it"));
          raise(SIGINT);
          file.commit();
        }
        _exit(0);
      },
      testing::KilledBySignal(SIGINT), "interrupted by signal 2");
  EXPECT_EQ(test::read_file(dir / "whole"), "all of it");
}

TEST(InterruptDeathTest, ASecondCtrlCEndsWhateverIsGoingOn) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        const MustTidyUp forever;
        raise(SIGINT);
        usleep(500'000);
        raise(SIGINT);
        _exit(0);
      },
      testing::KilledBySignal(SIGINT), "interrupted by signal 2");
}

TEST(InterruptDeathTest, NohupIsObeyed) {
  EXPECT_EXIT(
      {
        signal(SIGHUP, SIG_IGN);
        install_interrupt_handlers();
        raise(SIGHUP);
        _exit(3);
      },
      testing::ExitedWithCode(3), "");
}

TEST(InterruptDeathTest, APipeThatNobodyReadsAndAFileThatIsTooLongAreFailedWrites) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        int ends[2];
        if (pipe(ends) != 0) _exit(1);
        close(ends[0]);
        const bool refused = write(ends[1], "x", 1) < 0 && errno == EPIPE;
        raise(SIGXFSZ);
        _exit(refused ? 3 : 1);
      },
      testing::ExitedWithCode(3), "");
}

}  // namespace
}  // namespace seben::base
