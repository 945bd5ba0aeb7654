#include "checks/sockets/listener_question.h"

#include <algorithm>
#include <utility>

#include "checks/sys/attribute.h"

namespace hale::checks {
namespace {

using asio::ip::address;

bool is_wildcard(const Listener& listener, bool v6) {
  return listener.address.is_unspecified() && listener.address.is_v6() == v6;
}

bool is_dual(const Listener& listener) {
  return listener.dual_stack && listener.address.is_unspecified();
}

void move_into(std::vector<Listener>& from, std::vector<Listener>& into, auto belongs) {
  std::vector<Listener> rest;
  for (Listener& listener : from) {
    std::vector<Listener>& goal = belongs(listener) ? into : rest;
    goal.push_back(std::move(listener));
  }
  from = std::move(rest);
}

// The kernel prefers a socket that is bound to the address, then a wildcard of its own family, then
// one of IPv6 that takes IPv4 as well.
void take_for(const address& wanted, std::vector<Listener>& rest, std::vector<Listener>& takers) {
  move_into(rest, takers, [&](const Listener& l) { return l.address == wanted; });
  if (takers.empty()) {
    move_into(rest, takers, [&](const Listener& l) { return is_wildcard(l, wanted.is_v6()); });
  }
  if (takers.empty() && wanted.is_v4()) {
    move_into(rest, takers, is_dual);
  }
}

void take_both(std::vector<Listener>& rest, ListenerSelection& selection) {
  move_into(rest, selection.takers, [](const Listener& l) { return l.address.is_unspecified(); });
  const bool v6 =
      std::ranges::any_of(selection.takers, [](const Listener& l) { return l.address.is_v6(); });
  const bool v4 = std::ranges::any_of(
      selection.takers, [](const Listener& l) { return l.address.is_v4() || is_dual(l); });
  if (v4 != v6) {
    selection.missing_family = v4 ? "IPv6" : "IPv4";
  }
}

}  // namespace

std::string to_string(const ListenerQuestion& question) {
  if (question.protocol == SocketProtocol::kUnix) {
    return plain_name(question.path);
  }
  const std::string udp = question.protocol == SocketProtocol::kUdp ? "UDP " : "";
  const std::string port = std::to_string(question.port);
  if (question.both_wildcards) {
    return udp + "*:" + port;
  }
  if (!question.address) {
    return udp + "port " + port;
  }
  const std::string text = question.address->to_string();
  return udp + (question.address->is_v6() ? "[" + text + "]" : text) + ":" + port;
}

ListenerSelection select_listeners(const ListenerQuestion& question,
                                   const std::vector<Listener>& listeners) {
  ListenerSelection selection;
  std::vector<Listener> rest;
  for (const Listener& listener : listeners) {
    const bool same = listener.protocol == question.protocol &&
                      (question.protocol == SocketProtocol::kUnix ? listener.path == question.path
                                                                  : listener.port == question.port);
    if (same) {
      rest.push_back(listener);
    }
  }
  if (question.both_wildcards) {
    take_both(rest, selection);
  } else if (question.address) {
    take_for(*question.address, rest, selection.takers);
  } else {
    selection.takers = std::exchange(rest, {});
  }
  const bool v4 = question.both_wildcards || (question.address && question.address->is_v4());
  const bool v6 = question.both_wildcards || (question.address && question.address->is_v6());
  const bool wildcard =
      question.both_wildcards || (question.address && question.address->is_unspecified());
  if (wildcard && !selection.takers.empty()) {
    move_into(rest, selection.shadows, [&](const Listener& l) {
      return !l.address.is_unspecified() && (l.address.is_v4() ? v4 : v6);
    });
  }
  selection.elsewhere = std::move(rest);
  return selection;
}

std::optional<address> way_to(const Listener& listener) {
  if (listener.interface != 0 && listener.address.is_unspecified()) {
    return std::nullopt;
  }
  if (!listener.address.is_unspecified()) {
    return listener.address;
  }
  if (listener.address.is_v4() || listener.dual_stack) {
    return asio::ip::address_v4::loopback();
  }
  return asio::ip::address_v6::loopback();
}

}  // namespace hale::checks
