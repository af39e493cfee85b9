-- Rolling back loses the rows of `user_preferences`.
DROP TABLE "user_preferences";
