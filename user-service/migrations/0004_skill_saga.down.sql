DROP TABLE skill_saga;
