// The documents of the status API, each a pure function of the board's views. `hale status --json`
// and `hale check --json` print the same ones. Keys and words are the contract with users; a key
// whose feature is not built is not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "monitor/board.h"

namespace hale::exporters {

using CheckList = std::span<const std::shared_ptr<const monitor::CheckView>>;

enum class Checks : bool { kLeftOut, kListed };

// GET /api/v1/status; without the key `checks` for those who poll often.
std::string status_json(const monitor::BoardView& view, Checks checks = Checks::kListed);

// GET /api/v1/checks: {"checks": [...]}, each in full. `findings` here and below: of all checks.
std::string checks_json(CheckList checks, const monitor::FindingList& findings = {});

// GET /api/v1/checks/{name}.
std::string check_json(const monitor::CheckView& check, const monitor::FindingList& findings = {});

// What a command answers: {"check": ...}, of a run on demand also "run".
std::string command_json(const monitor::CheckView& check, const monitor::RunView* run,
                         const monitor::FindingList& findings = {});

// GET /api/v1/checks/{name}/history: newest first, at most `limit`.
std::string history_json(const monitor::CheckView& check, std::size_t limit);

// GET /api/v1/events: those with an id above `since`, newest first, at most `limit`.
std::string events_json(const monitor::EventList& events, std::size_t limit, std::uint64_t since);

// GET /api/v1/findings: open ones first.
std::string findings_json(const monitor::FindingList& findings);

std::string error_json(std::string_view code, std::string_view message);

}  // namespace hale::exporters
