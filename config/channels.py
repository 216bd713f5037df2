"""Channels by which customers complain, as the board names them. A source may bring others."""

CHANNELS = ("phone", "app", "website", "wechat", "branch", "online_message", "social_media")
