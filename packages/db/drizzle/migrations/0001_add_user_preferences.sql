CREATE TABLE "user_preferences" (
	"id" serial PRIMARY KEY NOT NULL,
	"user_id" integer NOT NULL,
	"theme" text DEFAULT 'light',
	"notifications" boolean DEFAULT true,
	"created_at" timestamp with time zone DEFAULT now()
);
