// Why a command could not be started, in words.
#include <cerrno>
#include <utility>

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
      return Reason::kUnsupported;
    case EIO:
    case ESTALE:
      return Reason::kUnreachable;
    default:  // EAGAIN, ENOMEM, EMFILE, ETXTBSY, E2BIG: what the agent or the host is short of
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

Outcome exec_failure(const SpawnError& error, const SpawnSettings& settings) {
  const std::string file =
      in_quotes(error.file.empty() ? settings.command.front() : error.file, 200);
  switch (error.error) {
    case ENOENT:
    case ENOTDIR:
      return missing_file(error, settings);
    case ENOEXEC:
      return could_not(
          file + (error.head.starts_with("#!") || error.head.starts_with("\x7F"
                                                                         "ELF")
                      ? " is no program that this host can run"
                      : " is no program, and as a script lacks its interpreter in the first line "
                        "(write \"#!/bin/sh\" there)"),
          ENOEXEC);
    case EACCES:
      return could_not(file + " may not be run (is it executable, for this user?)", EACCES);
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
