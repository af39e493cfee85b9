--
-- PostgreSQL database dump
--

\restrict RWu7n8KlcbaHKM9rt5pj0ncNQxydmbf1RwTYtOK4m6bsENQB7Nqtl6sKCd7ZrLL

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Data for Name: Odd "table"; x; Type: TABLE DATA; Schema: Mixed Case; Owner: postgres
--

INSERT INTO "Mixed Case"."Odd ""table""; x" ("select", "a,b") VALUES (1, 'x;y');


--
-- Data for Name: __drizzle_migrations; Type: TABLE DATA; Schema: drizzle; Owner: postgres
--

INSERT INTO drizzle.__drizzle_migrations (id, hash, created_at) VALUES (1, 'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1', 1735689600000);


--
-- Data for Name: artists; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.artists (id, name) VALUES (1, 'it''s; a \ back
new	line -- no comment');
INSERT INTO public.artists (id, name) VALUES (2, '\.');
INSERT INTO public.artists (id, name) VALUES (3, '$$ /* ünïcode 🎵
\connect');
INSERT INTO public.artists (id, name) VALUES (4, '\N');
INSERT INTO public.artists (id, name) VALUES (5, '');


--
-- Data for Name: plays_2025; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.plays_2025 (song, at) VALUES (1, '2025-05-05');


--
-- Data for Name: songs; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.songs (id, title, artist_id, mood, raw, tags, facts) OVERRIDING SYSTEM VALUE VALUES (1, 't1', 2, 'low', '\x0001ff', '{a;b,"c\"d"}', '{"a": "x''y"}');
INSERT INTO public.songs (id, title, artist_id, mood, raw, tags, facts) OVERRIDING SYSTEM VALUE VALUES (2, 't2', 3, 'low', '\x0001ff', '{a;b,"c\"d"}', '{"a": "x''y"}');
INSERT INTO public.songs (id, title, artist_id, mood, raw, tags, facts) OVERRIDING SYSTEM VALUE VALUES (3, 't3', 4, 'low', '\x0001ff', '{a;b,"c\"d"}', '{"a": "x''y"}');


--
-- Name: __drizzle_migrations_id_seq; Type: SEQUENCE SET; Schema: drizzle; Owner: postgres
--

SELECT pg_catalog.setval('drizzle.__drizzle_migrations_id_seq', 1, true);


--
-- Name: artists_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.artists_id_seq', 5, true);


--
-- Name: songs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.songs_id_seq', 3, true);


--
-- PostgreSQL database dump complete
--

\unrestrict RWu7n8KlcbaHKM9rt5pj0ncNQxydmbf1RwTYtOK4m6bsENQB7Nqtl6sKCd7ZrLL

