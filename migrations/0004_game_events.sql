-- What happens in the game counts for the story of its line of play, beside turns and scenes.

DROP INDEX events_of_story;
CREATE INDEX events_of_story ON events (table_id, branch, seq)
    WHERE kind IN ('turn_opened', 'turn_ended', 'scene_opened', 'scene_titled', 'scene_ended', 'game');
DROP INDEX events_in_scene;
CREATE INDEX events_in_scene ON events (table_id, scene, branch, seq)
    WHERE kind IN ('turn_opened', 'turn_ended', 'game');
