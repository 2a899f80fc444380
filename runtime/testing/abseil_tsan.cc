// Debian's Abseil is built without the thread sanitizer, which therefore does not see absl::Mutex
// and reports everything that one guards as a race. This file, compiled into every executable of a
// sanitized build, stands in front of the library's functions and tells the sanitizer what they do.
// Memory accesses inside them, such as the evaluation of a Condition, are ignored.

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <type_traits>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

// Names of the originals; a missing one fails at the first call of its function.
#define JM_MUTEX(name) "_ZN4absl7debian35Mutex" name
#define JM_COND_VAR(name) "_ZN4absl7debian37CondVar" name

template <class Function>
Function* Original(const char* symbol) {
  void* found = dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) {
    __builtin_trap();
  }
  return reinterpret_cast<Function*>(found);
}

// Calls that return with the mutex held.
template <class Call>
auto Locking(void* mutex, unsigned flags, Call call) {
  __tsan_mutex_pre_lock(mutex, flags);
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    __tsan_mutex_post_lock(mutex, flags, 0);
  } else {
    auto result = call();
    __tsan_mutex_post_lock(mutex, flags, 0);
    return result;
  }
}

template <class Call>
bool TryLocking(void* mutex, unsigned flags, Call call) {
  flags |= __tsan_mutex_try_lock;
  __tsan_mutex_pre_lock(mutex, flags);
  const bool locked = call();
  __tsan_mutex_post_lock(mutex, locked ? flags : flags | __tsan_mutex_try_lock_failed, 0);
  return locked;
}

template <class Call>
void Unlocking(void* mutex, unsigned flags, Call call) {
  __tsan_mutex_pre_unlock(mutex, flags);
  call();
  __tsan_mutex_post_unlock(mutex, flags);
}

// Calls that let go of the mutex and come back with it.
template <class Call>
auto Waiting(void* mutex, Call call) {
  __tsan_mutex_pre_unlock(mutex, 0);
  __tsan_mutex_post_unlock(mutex, 0);
  return Locking(mutex, 0, call);
}

}  // namespace

// The functions with a timeout call those with a deadline, in the library too: told twice would be
// wrong.

Mutex::~Mutex() {
  static auto* original = Original<void(Mutex*)>(JM_MUTEX("D1Ev"));
  __tsan_mutex_destroy(this, __tsan_mutex_not_static);
  original(this);
}

void Mutex::Lock() {
  static auto* original = Original<void(Mutex*)>(JM_MUTEX("4LockEv"));
  Locking(this, 0, [&] { original(this); });
}

void Mutex::Unlock() {
  static auto* original = Original<void(Mutex*)>(JM_MUTEX("6UnlockEv"));
  Unlocking(this, 0, [&] { original(this); });
}

bool Mutex::TryLock() {
  static auto* original = Original<bool(Mutex*)>(JM_MUTEX("7TryLockEv"));
  return TryLocking(this, 0, [&] { return original(this); });
}

void Mutex::ReaderLock() {
  static auto* original = Original<void(Mutex*)>(JM_MUTEX("10ReaderLockEv"));
  Locking(this, __tsan_mutex_read_lock, [&] { original(this); });
}

void Mutex::ReaderUnlock() {
  static auto* original = Original<void(Mutex*)>(JM_MUTEX("12ReaderUnlockEv"));
  Unlocking(this, __tsan_mutex_read_lock, [&] { original(this); });
}

bool Mutex::ReaderTryLock() {
  static auto* original = Original<bool(Mutex*)>(JM_MUTEX("13ReaderTryLockEv"));
  return TryLocking(this, __tsan_mutex_read_lock, [&] { return original(this); });
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* original =
      Original<void(Mutex*, const Condition&)>(JM_MUTEX("8LockWhenERKNS0_9ConditionE"));
  Locking(this, 0, [&] { original(this, condition); });
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  return LockWhenWithDeadline(condition, Now() + timeout);
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static auto* original = Original<bool(Mutex*, const Condition&, Time)>(
      JM_MUTEX("20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  return Locking(this, 0, [&] { return original(this, condition, deadline); });
}

void Mutex::Await(const Condition& condition) {
  static auto* original =
      Original<void(Mutex*, const Condition&)>(JM_MUTEX("5AwaitERKNS0_9ConditionE"));
  Waiting(this, [&] { original(this, condition); });
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  return AwaitWithDeadline(condition, Now() + timeout);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* original = Original<bool(Mutex*, const Condition&, Time)>(
      JM_MUTEX("17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  return Waiting(this, [&] { return original(this, condition, deadline); });
}

void CondVar::Wait(Mutex* mutex) {
  static auto* original = Original<void(CondVar*, Mutex*)>(JM_COND_VAR("4WaitEPNS0_5MutexE"));
  Waiting(mutex, [&] { original(this, mutex); });
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  return WaitWithDeadline(mutex, Now() + timeout);
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* original = Original<bool(CondVar*, Mutex*, Time)>(
      JM_COND_VAR("16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE"));
  return Waiting(mutex, [&] { return original(this, mutex, deadline); });
}

// A waiter learns of a notification by the notification's own mutex, which is covered above;
// HasBeenNotified reads only the flag behind it.
void Notification::Notify() {
  static auto* original = Original<void(Notification*)>("_ZN4absl7debian312Notification6NotifyEv");
  __tsan_release(&notified_yet_);
  original(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
