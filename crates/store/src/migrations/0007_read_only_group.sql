-- Who sees every page of the web administration and changes nothing.
INSERT INTO dirgroup VALUES ('9a2c3f58-6f0b-4d24-8f54-1f2d5c8e7a03', 'Standard CCM Read Only');
