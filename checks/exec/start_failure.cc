// Why a command could not be started, in words.
#include <cerrno>
#include <utility>

#include <elf.h>
#include <sys/stat.h>

#include "checks/excerpt.h"
#include "checks/exec/command_result.h"
#include "checks/os_error.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;

Reason reason_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Reason::kMissing;
    case EACCES:
    case EPERM:
      return Reason::kPermission;
    case ENOEXEC:
    case ELIBBAD:
    case EINVAL:
    case EISDIR:
    case E2BIG:
    case ENAMETOOLONG:
    case ELOOP:
      return Reason::kUnsupported;
    case EIO:
    case ESTALE:
      return Reason::kUnreachable;
    default:  // EAGAIN, ENOMEM, EMFILE, ETXTBSY: what the agent or the host is short of
      return Reason::kAgent;
  }
}

Outcome could_not(std::string message, int error) {
  return Outcome::unknown(reason_of(error), Phase::kSpawn, std::move(message), errno_name(error));
}

// "/usr/bin/python2" of "#!/usr/bin/python2 -u\n"; empty where the file begins otherwise.
std::string interpreter_of(const std::string& head) {
  if (!head.starts_with("#!")) {
    return "";
  }
  const std::string line = head.substr(2, head.find('\n') - 2);
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos) {
    return "";
  }
  return line.substr(begin, line.find_first_of(" \t", begin) - begin);
}

Outcome missing_file(const SpawnError& error, const SpawnSettings& settings) {
  const std::string& name = settings.command.front();
  if (error.file.empty()) {
    std::string folders;
    for (const std::string& folder : settings.search) {
      folders += (folders.empty() ? "" : ":") + folder;
    }
    return could_not(name.contains('/') ? in_quotes(name, 200) + " does not exist"
                                        : in_quotes(name, 200) + " is in none of " + folders,
                     ENOENT);
  }
  const std::string interpreter = interpreter_of(error.head);
  if (interpreter.empty()) {
    return could_not(in_quotes(error.file, 200) + ": the loader that it asks for does not exist",
                     ENOENT);
  }
  std::string message = in_quotes(error.file, 200) + ": its interpreter " + in_quotes(interpreter) +
                        " does not exist";
  if (interpreter.ends_with('\r')) {
    message += " (the file has the line ends of Windows)";
  }
  return could_not(std::move(message), ENOENT);
}

#if defined(__x86_64__)
constexpr int kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int kMachine = EM_AARCH64;
#else
constexpr int kMachine = EM_NONE;  // not told apart
#endif

// The header's e_machine, in the byte order of the file.
bool is_for_another_machine(const std::string& head) {
  constexpr std::size_t kAt = 18;
  if (kMachine == EM_NONE || head.size() < kAt + 2) {
    return false;
  }
  const auto byte = [&head](std::size_t i) { return static_cast<unsigned char>(head[i]); };
  const bool big_endian = byte(EI_DATA) == ELFDATA2MSB;
  return (big_endian ? byte(kAt) << 8 | byte(kAt + 1) : byte(kAt + 1) << 8 | byte(kAt)) != kMachine;
}

std::string why_no_program(const std::string& head) {
  if (head.empty()) {
    return " is empty";
  }
  if (head.starts_with("#!")) {
    return " is no program that this host can run";
  }
  if (head.starts_with(ELFMAG)) {
    return is_for_another_machine(head) ? " is a program for another kind of processor"
                                        : " is no program that this host can run";
  }
  return " is no program, and as a script lacks its interpreter in the first line (write "
         "\"#!/bin/sh\" there)";
}

std::string why_not_permitted(const SpawnError& error, const SpawnSettings& settings) {
  constexpr mode_t kAnyExecutes = S_IXUSR | S_IXGRP | S_IXOTH;
  if (error.no_exec) {
    return " may not be run: its file system is mounted with noexec";
  }
  if (!error.file.empty() && (error.mode & kAnyExecutes) == 0) {
    return " may not be run: it is not executable (chmod +x)";
  }
  const std::string whom =
      settings.user.empty() ? "the agent's user" : "user " + in_quotes(settings.user);
  const std::string interpreter = interpreter_of(error.head);
  return " may not be run by " + whom +
         (interpreter.empty()
              ? " (by its own rights, or those of a folder above it)"
              : " (by its own rights, those of a folder above it, or those of its interpreter " +
                    in_quotes(interpreter) + ")");
}

Outcome exec_failure(const SpawnError& error, const SpawnSettings& settings) {
  const std::string file =
      in_quotes(error.file.empty() ? settings.command.front() : error.file, 200);
  switch (error.error) {
    case ENOENT:
    case ENOTDIR:
      return missing_file(error, settings);
    case ENOEXEC:
      return could_not(file + why_no_program(error.head), ENOEXEC);
    case EACCES:
      if (S_ISDIR(error.mode)) {
        return could_not(file + " is a folder, not a program", EISDIR);
      }
      return could_not(file + why_not_permitted(error, settings), EACCES);
    case E2BIG:
      return could_not(file +
                           " was not run: its arguments and environment are longer than the kernel "
                           "takes (128 KiB each, and as a rule 2 MiB in all)",
                       E2BIG);
    case ETXTBSY:
      return could_not(file + " is being written to by somebody", ETXTBSY);
    default:
      return could_not(file + " could not be run: " + errno_text(error.error), error.error);
  }
}

Outcome spawn_failure(const SpawnError& error, const SpawnSettings& settings) {
  const std::string text = errno_text(error.error);
  switch (error.step) {
    case SpawnStep::kUser:
      if (error.error == 0) {
        return Outcome::unknown(Reason::kMissing, Phase::kSpawn,
                                "there is no user " + in_quotes(settings.user));
      }
      return could_not("the user " + in_quotes(settings.user) + " could not be looked up: " + text,
                       error.error);
    case SpawnStep::kIdentity:
      return could_not("the agent could not become user " + in_quotes(settings.user) + ": " + text +
                           (error.error == EPERM ? " (it has to run as root)" : ""),
                       error.error);
    case SpawnStep::kDirectory:
      return could_not(
          "the folder " + in_quotes(settings.directory, 200) + " could not be entered: " + text,
          error.error);
    case SpawnStep::kExec:
      return exec_failure(error, settings);
    case SpawnStep::kPipe:
    case SpawnStep::kClone:
    case SpawnStep::kGroup:
    case SpawnStep::kStreams:
    case SpawnStep::kLimits:
      break;
  }
  return could_not("no process could be made: " + text, error.error);
}

}  // namespace

Outcome start_failure(const StartFailure& failure, const SpawnSettings& settings,
                      monitor::Duration patience) {
  if (!failure.failure) {
    return spawn_failure(failure.error, settings);
  }
  const std::string command = in_quotes(settings.command.front(), 200);
  switch (*failure.failure) {
    case PoolFailure::kTimeout:
      return Outcome::unknown(Reason::kTimeout, Phase::kSpawn,
                              command + " could not be loaded within " +
                                  monitor::format_duration(patience) +
                                  " (does its file system answer?)");
    case PoolFailure::kStuck:
      return Outcome::unknown(Reason::kStuck, Phase::kSpawn,
                              "an earlier attempt to load " + command + " still hangs");
    case PoolFailure::kFull:
      return Outcome::unknown(Reason::kAgent, Phase::kSpawn,
                              "the agent had no thread free to start " + command);
    case PoolFailure::kCancelled:
    case PoolFailure::kFailed:
      break;
  }
  return Outcome::unknown(Reason::kInternal, Phase::kSpawn, "the agent failed to start " + command);
}

}  // namespace hale::checks
