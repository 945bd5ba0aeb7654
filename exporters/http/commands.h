// What the API asks of the engine. A seam: in the agent it is Control, in a test a fake.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "monitor/control.h"

namespace hale::exporters {

// Called on the HTTP thread; replies come on any thread, once each.
class Commands {
 public:
  virtual ~Commands() = default;
  virtual void run(std::string name, monitor::ReplyHandler reply) = 0;
  virtual void pause(std::string name, monitor::PauseRequest request,
                     monitor::ReplyHandler reply) = 0;
  virtual void resume(std::string name, monitor::ReplyHandler reply) = 0;
  virtual void report(std::string name, std::string token, monitor::Report report,
                      monitor::ReplyHandler reply) = 0;
  virtual std::uint64_t rejected() const = 0;  // since the start: too many were waiting
};

// `control` must outlive it.
class ControlCommands final : public Commands {
 public:
  explicit ControlCommands(monitor::Control& control) : control_(control) {}

  void run(std::string name, monitor::ReplyHandler reply) override {
    control_.run(std::move(name), std::move(reply));
  }
  void pause(std::string name, monitor::PauseRequest request,
             monitor::ReplyHandler reply) override {
    control_.pause(std::move(name), std::move(request), std::move(reply));
  }
  void resume(std::string name, monitor::ReplyHandler reply) override {
    control_.resume(std::move(name), std::move(reply));
  }
  void report(std::string name, std::string token, monitor::Report report,
              monitor::ReplyHandler reply) override {
    control_.report(std::move(name), std::move(token), std::move(report), std::move(reply));
  }
  std::uint64_t rejected() const override { return control_.rejected(); }

 private:
  monitor::Control& control_;
};

}  // namespace hale::exporters
