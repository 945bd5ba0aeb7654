// Reads what a program writes as it comes, keeps the head of it, and discards and counts the rest:
// the program never waits for us, and never fills our memory. One that floods is read at most 64
// times a second, a pipe full each time, so that it does not take the loop's time.
//
// Loop thread only. Destruction closes the pipe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "checks/file_descriptor.h"
#include "monitor/run_context.h"

namespace hale::checks {

class PipeReader {
 public:
  // `pipe` does not block.
  PipeReader(monitor::RunContext& context, FileDescriptor pipe, std::size_t most_kept);
  ~PipeReader();
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;

  // Takes what is in the pipe now and closes it. Whoever still holds the other end is not waited
  // for.
  void finish();

  const std::string& text() const;
  std::uint64_t discarded() const;  // bytes

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hale::checks
