"""What a worker serves: nothing."""

urlpatterns: list[object] = []
