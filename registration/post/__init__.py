"""The service mails to a person: what they say, and how they look. Nothing here sends."""

from registration.post.messages import ChoiceText, Confirm, EmailChanged, Item, Message, ReceiptItem, Receipts, Welcome
from registration.post.rendering import UnusableAddress, render, sender_address

__all__ = (
    "ChoiceText",
    "Confirm",
    "EmailChanged",
    "Item",
    "Message",
    "ReceiptItem",
    "Receipts",
    "UnusableAddress",
    "Welcome",
    "render",
    "sender_address",
)
