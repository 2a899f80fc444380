#include "user-service/notifications/session.h"

namespace jobmesh::user {
namespace {

using notifications::v1::ServerFrame;

ServerFrame FrameOf(const char* type) {
  ServerFrame frame;
  frame.set_type(type);
  return frame;
}

}  // namespace

void Session::SendAuthenticated() {
  ServerFrame frame = FrameOf("authenticated");
  frame.set_user_id(user_id());
  writer_->Send(std::move(frame));
}

void Session::SendSubscribed(const std::string& tag) {
  ServerFrame frame = FrameOf("subscribed");
  frame.set_tag(tag);
  writer_->Send(std::move(frame));
}

void Session::SendUnsubscribed(const std::string& tag) {
  ServerFrame frame = FrameOf("unsubscribed");
  frame.set_tag(tag);
  writer_->Send(std::move(frame));
}

void Session::SendError(const std::string& message) {
  ServerFrame frame = FrameOf("error");
  frame.set_msg(message);
  writer_->Send(std::move(frame));
}

void Session::Deliver(const Notification& notification) {
  if (notification.id <= last_delivered_) {
    return;
  }
  last_delivered_ = notification.id;
  ServerFrame frame = FrameOf("new_job");
  *frame.mutable_job() = notification.job;
  for (const std::string& tag : notification.matched) {
    frame.mutable_matched()->add_values()->set_string_value(tag);
  }
  frame.set_id(notification.id);
  writer_->Send(std::move(frame));
}

}  // namespace jobmesh::user
