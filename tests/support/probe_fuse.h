// A file system that does not answer when it is asked for its size or for what is in it: the
// kernel's FUSE protocol (linux/fuse.h), spoken by a thread, with as little of it as a mount needs.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hale::test {

// Moves this process into a mount namespace of its own, so that what it mounts is seen by nobody
// else. False when that is not permitted.
bool enter_private_mounts();

class ProbeFuse {
 public:
  // Mounts on an existing directory; null when that is not permitted.
  static std::unique_ptr<ProbeFuse> mount(const std::string& point);
  ~ProbeFuse();
  ProbeFuse(const ProbeFuse&) = delete;
  ProbeFuse& operator=(const ProbeFuse&) = delete;

  int statfs_requests() const { return statfs_requests_.load(); }
  int lookup_requests() const { return lookup_requests_.load(); }  // of names in its root

  // Answers what is waiting, and from now on at once: there is nothing in it.
  void wake_up();

  // As when the process that serves the file system dies: the mount stays, and answers ENOTCONN.
  void die();

  // As by `umount -f`.
  void unmount();

 private:
  ProbeFuse(std::string point, int fd);
  void serve();
  void handle(const std::vector<char>& request);
  void reply(std::uint64_t unique, int error, const void* body, std::size_t size) const;
  void answer(std::uint64_t unique, std::uint32_t opcode) const;
  void answer_or_wait(std::uint64_t unique, std::uint32_t opcode);
  void reply_statfs(std::uint64_t unique) const;

  std::string point_;
  int fd_;    // of /dev/fuse
  int stop_;  // an eventfd that ends the thread
  std::atomic<int> statfs_requests_{0};
  std::atomic<int> lookup_requests_{0};
  std::mutex mutex_;
  bool awake_ = false;                                            // guarded by mutex_
  std::vector<std::pair<std::uint64_t, std::uint32_t>> waiting_;  // guarded by mutex_: and for what
  std::thread thread_;
};

}  // namespace hale::test
