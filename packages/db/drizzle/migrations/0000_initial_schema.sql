CREATE TYPE "public"."song_request_status" AS ENUM('pending', 'writing', 'composing', 'completed', 'failed');--> statement-breakpoint
CREATE TYPE "public"."song_status" AS ENUM('draft', 'processing', 'ready', 'published', 'failed');--> statement-breakpoint
CREATE TABLE "song_requests" (
	"id" serial PRIMARY KEY NOT NULL,
	"user_id" integer,
	"requester_name" text NOT NULL,
	"recipient_name" text NOT NULL,
	"occasion" text,
	"story" text,
	"languages" text[] DEFAULT '{"English"}' NOT NULL,
	"music_styles" text[] DEFAULT '{}' NOT NULL,
	"status" "song_request_status" DEFAULT 'pending' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "songs" (
	"id" serial PRIMARY KEY NOT NULL,
	"song_request_id" integer,
	"user_id" integer,
	"title" text NOT NULL,
	"lyrics" text,
	"music_style" text,
	"audio_url" text,
	"image_url" text,
	"duration_seconds" integer,
	"status" "song_status" DEFAULT 'draft' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" serial PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"password_hash" text NOT NULL,
	"name" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
ALTER TABLE "song_requests" ADD CONSTRAINT "song_requests_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_song_request_id_song_requests_id_fk" FOREIGN KEY ("song_request_id") REFERENCES "public"."song_requests"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;