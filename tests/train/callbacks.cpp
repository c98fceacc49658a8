// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/callbacks.hpp>

#include <type_traits>  // remove_const_t

#include "support/catch.hpp"

using namespace gkd;

namespace {

struct overloaded {
  void on_step(long) {}
  bool on_step(const step_event& e) { return e.step < 3; }
};
struct any_of_them {
  void on_step(const auto& e) { last = e.step; }
  void on_end(const auto& e) { last = e.step; }
  long last = 0;
};
struct takes_another {
  void on_step(long) {}
  void on_step(const eval_event&) {}
};
class keeps_to_itself {
  void on_step(const step_event&) {}
};
struct inherits_it : private overloaded {};
struct abstract {
  virtual ~abstract() = default;
  virtual void on_end(const end_event&) = 0;
};
struct final_one final {
  void on_end(const end_event&) {}
};
struct on_save {  // its own name, a type's and an alias are no members for an event
  struct on_start {};
  using on_step = int;
  void on_end(const end_event&) {}
};

template <class C>
constexpr bool fits = detail::event_member_fits<C, step_event>();

}  // namespace

TEST_CASE("Callbacks: a member that its event can call is one, whatever others are beside it") {
  overloaded o;
  CHECK(notify(o, step_event{.step = 2, .details = {}}));
  CHECK(!notify(o, step_event{.step = 3, .details = {}}));
  CHECK(notify(o, end_event{.step = 3}));  // has none for this
  any_of_them a;
  CHECK(notify(a, end_event{.step = 7}));
  CHECK(a.last == 7);
  check_callback<overloaded>();
  check_callback<any_of_them>();
  check_callback<abstract>();
  check_callback<final_one>();
  const auto lambda = [] {};
  STATIC_REQUIRE(fits<std::remove_const_t<decltype(lambda)>>);
}

TEST_CASE("Callbacks: a name that is there and cannot be called is found, whatever it is") {
  STATIC_REQUIRE(fits<overloaded>);
  STATIC_REQUIRE(!fits<takes_another>);
  STATIC_REQUIRE(!fits<const takes_another>);
  STATIC_REQUIRE(!fits<keeps_to_itself>);
  STATIC_REQUIRE(!fits<inherits_it>);
  STATIC_REQUIRE(fits<final_one>);
  STATIC_REQUIRE(fits<abstract>);
}

TEST_CASE("Callbacks: types of an event's name are the callback's own affair") {
  check_callback<on_save>();
  STATIC_REQUIRE(!detail::names_member<on_save, start_event>);
  STATIC_REQUIRE(!detail::names_member<on_save, step_event>);
  STATIC_REQUIRE(!detail::names_member<on_save, save_event>);
}
